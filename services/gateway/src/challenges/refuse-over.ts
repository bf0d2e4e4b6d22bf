import type { challengeItem } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";
import { ProblemError } from "../http/problem.ts";

/** Refuses a link that was used or has expired; `at` in milliseconds, on the time that all processes share. @throws ProblemError */
export function refuseOver(
  { used, linkExpiresAt }: Pick<ItemValue<typeof challengeItem>, "used" | "linkExpiresAt">,
  at: number,
): void {
  if (used !== undefined) throw new ProblemError("token_already_used");
  if (linkExpiresAt === undefined || at >= Date.parse(linkExpiresAt)) throw new ProblemError("magic_link_expired");
}

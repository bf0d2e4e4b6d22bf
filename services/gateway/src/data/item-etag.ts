import { ProblemError } from "../http/problem.ts";

/** What `ETag` says of an item: its version (RFC 9110, strong). */
export const etagOf = ({ version }: { readonly version: number }): string => `"${version}"`;

/**
 * The version that `If-Match` wants to be changed; `undefined`: any, as `*` or no header says. A list, a weak tag and what no
 * item ever had are mistakes, and not conditions that fail: who sends them has not read what it is about to change.
 * @throws ProblemError `validation_failed`
 */
export function versionWanted(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === "*") return undefined;
  const [, digits] = /^"([1-9]\d{0,14})"$/.exec(ifMatch) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new ProblemError("validation_failed", {
    errors: [{ path: "If-Match", message: 'must be the ETag of the item, as "3", or *' }],
  });
}

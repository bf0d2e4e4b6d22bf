import type { ProblemCode, sessionItem, userItem } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";
import type { IsVoid } from "../auth/decide-session.ts";
import { decideVisitor } from "../auth/decide-visitor.ts";

export type AnonymousDecision =
  /** A visitor with a live session. */
  | { readonly kind: "live" }
  /** It is part of an account already. */
  | { readonly kind: "merged" }
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly reason?: string };

/**
 * Whom an id names that is to become part of an account. An unknown one and one without a live session are told the same: an
 * id shows who somebody is only as far as `X-User-ID` does.
 */
export function decideAnonymous(
  user: ItemValue<typeof userItem> | undefined,
  sessions: readonly ItemValue<typeof sessionItem>[],
  now: number,
  isVoid: IsVoid,
): AnonymousDecision {
  if (user?.userKind === "account") return { kind: "refused", code: "not_anonymous" };
  const decision = decideVisitor(user, sessions, now, isVoid);
  if (decision.kind === "acts") return { kind: "live" };
  return decision.code === "user_merged" ? { kind: "merged" } : decision;
}

import type { ProblemCode, sessionItem, userItem } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";
import { endingOf, type IsVoid, isLive } from "./decide-session.ts";

type User = ItemValue<typeof userItem>;
type Session = ItemValue<typeof sessionItem>;

export type VisitorDecision =
  | { readonly kind: "acts"; readonly session: Session }
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly reason?: string };

/** Whom `X-User-ID` acts as: that visitor's newest live session, never an account, never what was merged or revoked. */
export function decideVisitor(
  user: User | undefined,
  sessions: readonly Session[],
  now: number,
  isVoid: IsVoid,
): VisitorDecision {
  if (user === undefined || user.userKind !== "anonymous") return { kind: "refused", code: "unauthenticated" };
  if (user.mergedTo !== undefined) return { kind: "refused", code: "user_merged" };
  const [newest, ...older] = sessions.toSorted((one, other) => Date.parse(other.openedAt) - Date.parse(one.openedAt));
  const live = [newest, ...older].find((session) => session !== undefined && isLive(session, now, isVoid));
  if (live !== undefined) return { kind: "acts", session: live };
  const ending = newest === undefined ? undefined : endingOf(newest, isVoid);
  if (ending === "merged") return { kind: "refused", code: "user_merged" };
  if (ending === "operator") return { kind: "refused", code: "session_revoked", reason: ending };
  return { kind: "refused", code: "unauthenticated" };
}

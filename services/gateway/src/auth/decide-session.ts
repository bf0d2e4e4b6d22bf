import type { ProblemCode, sessionItem } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";

type Session = ItemValue<typeof sessionItem>;

export type SessionDecision =
  | { readonly kind: "live"; readonly session: Session }
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly reason?: string };

/** Whether the session that a genuine access token names still stands. Revoked comes before expired: it says why. */
export function decideSession(session: Session | undefined, now: number): SessionDecision {
  if (session === undefined) return { kind: "refused", code: "unauthenticated" };
  if (session.revoked !== undefined)
    return { kind: "refused", code: "session_revoked", reason: session.revoked.reason };
  if (Date.parse(session.expiresAt) <= now) return { kind: "refused", code: "token_expired" };
  return { kind: "live", session };
}

import type { ProblemCode, RevocationReason, sessionItem } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";

type Session = ItemValue<typeof sessionItem>;

export type SessionDecision =
  | { readonly kind: "live"; readonly session: Session }
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly reason?: string };

/** Whether a pull of the andon cord has voided a session. */
export type IsVoid = (session: Session) => boolean;

/** Why a session was ended: its item says so, or a pull has voided it; `undefined`: it was not. */
export const endingOf = (session: Session, isVoid: IsVoid): RevocationReason | undefined =>
  session.revoked?.reason ?? (isVoid(session) ? "operator" : undefined);

/** Whether it lets anyone in at `now`, milliseconds since the epoch. */
export const isLive = (session: Session, now: number, isVoid: IsVoid): boolean =>
  decideSession(session, now, isVoid).kind === "live";

/** Whether the session that a genuine access token names still stands. Revoked comes before expired: it says why. */
export function decideSession(session: Session | undefined, now: number, isVoid: IsVoid): SessionDecision {
  if (session === undefined) return { kind: "refused", code: "unauthenticated" };
  const reason = endingOf(session, isVoid);
  if (reason !== undefined) return { kind: "refused", code: "session_revoked", reason };
  if (Date.parse(session.expiresAt) <= now) return { kind: "refused", code: "token_expired" };
  return { kind: "live", session };
}

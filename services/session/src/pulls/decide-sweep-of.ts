import type { Session } from "../session-store.ts";

export type SweepOfDecision =
  /** It lives by its item alone: it gets its mark. */
  | { readonly kind: "mark"; readonly next: Session }
  /** This revocation has marked it before. */
  | { readonly kind: "marked" }
  /** It has ended otherwise, or expired. */
  | { readonly kind: "over" }
  /** The pull does not void it. */
  | { readonly kind: "not-void" }
  | { readonly kind: "gone" };

/** What the sweep of a pull does about a session's item; the first reason that a session ended for stays. */
export function decideSweepOf(
  session: Session | undefined,
  {
    isVoid,
    at,
    operationId,
    now,
  }: {
    readonly isVoid: (session: Session) => boolean;
    /** Since when the pull is in force, ISO 8601. */
    readonly at: string;
    readonly operationId: string;
    readonly now: number;
  },
): SweepOfDecision {
  if (session === undefined) return { kind: "gone" };
  if (!isVoid(session)) return { kind: "not-void" };
  if (session.revoked?.operationId === operationId) return { kind: "marked" };
  if (session.revoked !== undefined || Date.parse(session.expiresAt) <= now) return { kind: "over" };
  return { kind: "mark", next: { ...session, revoked: { at, reason: "operator", operationId } } };
}

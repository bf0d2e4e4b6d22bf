import type { RevocationReason } from "@lanyard/contracts";
import type { Session } from "../session-store.ts";

export type RevocationDecision =
  | { readonly kind: "revoke"; readonly next: Session }
  /** It has ended already, by this operation or another: the first reason stays. */
  | { readonly kind: "ended"; readonly at: string; readonly reason: RevocationReason; readonly byThis: boolean }
  | { readonly kind: "no-session" };

/** Ends a session; what has ended stays as it ended. With `onlyLive`, one that another ended or that has expired is none. */
export function decideRevocation(
  session: Session | undefined,
  {
    operationId,
    reason,
    now,
    onlyLive = false,
  }: {
    readonly operationId: string;
    readonly reason: RevocationReason;
    readonly now: number;
    readonly onlyLive?: boolean;
  },
): RevocationDecision {
  if (session === undefined) return { kind: "no-session" };
  const { revoked } = session;
  // Was it me? Before anything else: a repeat does not ask whether what it ended still lives.
  if (revoked?.operationId === operationId) {
    return { kind: "ended", at: revoked.at, reason: revoked.reason, byThis: true };
  }
  if (onlyLive && (revoked !== undefined || Date.parse(session.expiresAt) <= now)) return { kind: "no-session" };
  if (revoked !== undefined) return { kind: "ended", at: revoked.at, reason: revoked.reason, byThis: false };
  return { kind: "revoke", next: { ...session, revoked: { at: new Date(now).toISOString(), reason, operationId } } };
}

import type { RevocationReason } from "@lanyard/contracts";
import type { Session } from "../session-store.ts";

export type RevocationDecision =
  | { readonly kind: "revoke"; readonly next: Session }
  /** It has ended already, by this operation or another: the first reason stays. */
  | { readonly kind: "ended"; readonly at: string; readonly reason: RevocationReason; readonly byThis: boolean }
  | { readonly kind: "no-session" };

/** Ends a session; what has ended stays as it ended. */
export function decideRevocation(
  session: Session | undefined,
  {
    operationId,
    reason,
    now,
  }: { readonly operationId: string; readonly reason: RevocationReason; readonly now: number },
): RevocationDecision {
  if (session === undefined) return { kind: "no-session" };
  const { revoked } = session;
  if (revoked !== undefined) {
    return { kind: "ended", at: revoked.at, reason: revoked.reason, byThis: revoked.operationId === operationId };
  }
  return { kind: "revoke", next: { ...session, revoked: { at: new Date(now).toISOString(), reason, operationId } } };
}

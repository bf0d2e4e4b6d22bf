import type { Session } from "../session-store.ts";
import { expiryAfterUse, type SessionLifetimes } from "./lifetimes.ts";

/** A refresh token as it was presented. */
export interface Presented {
  readonly operationId: string;
  /** Of the access token that this operation ends in. */
  readonly jti: string;
  readonly generation: number;
  /** When a gateway received it, milliseconds since the epoch, on the broker's time. */
  readonly receivedAt: number;
}

export type RotationDecision =
  /** The next generation begins. */
  | { readonly kind: "rotate"; readonly next: Session }
  /** The current generation's token is the answer, and nothing is written. */
  | { readonly kind: "tell-current" }
  /** The session ends: someone else holds its tokens too. */
  | { readonly kind: "theft"; readonly next: Session }
  /** This operation has found the theft before: it says the same again. */
  | { readonly kind: "theft-known" }
  | { readonly kind: "refuse" };

/** A successor's token may take this long to reach every tab of its browser. */
export const GRACE_MS = 10_000;
const HISTORY_LENGTH = 16;

/**
 * What a presented generation means for the session as it stands. Reuse is theft only if the token was received later than
 * its successor was committed, plus grace: a second tab, a retry and a late message are told the current generation.
 * `now` and `receivedAt` are on one clock, the broker's; expiry is by the same.
 */
export function decideRotation(
  session: Session | undefined,
  presented: Presented,
  { now, lifetimes }: { readonly now: number; readonly lifetimes: SessionLifetimes },
): RotationDecision {
  if (session === undefined) return { kind: "refuse" };
  // Was it me? Before anything else: a repeat of the winner is not a loser.
  if (session.rotations.some((rotation) => rotation.operationId === presented.operationId))
    return { kind: "tell-current" };
  if (session.revoked?.operationId === presented.operationId) return { kind: "theft-known" };
  if (session.revoked !== undefined || Date.parse(session.expiresAt) <= now) return { kind: "refuse" };
  if (presented.generation === session.generation)
    return { kind: "rotate", next: rotated(session, presented, now, lifetimes) };
  if (presented.generation > session.generation) return { kind: "refuse" };

  const successor = session.rotations.find((rotation) => rotation.generation === presented.generation + 1);
  // Older than the history: its successor was committed no later than the oldest that is remembered.
  const succeededAt = (successor ?? session.rotations[0])?.at;
  if (succeededAt !== undefined && presented.receivedAt > Date.parse(succeededAt) + GRACE_MS) {
    const at = new Date(now).toISOString();
    return {
      kind: "theft",
      next: { ...session, revoked: { at, reason: "refresh_reuse", operationId: presented.operationId } },
    };
  }
  return successor === undefined ? { kind: "refuse" } : { kind: "tell-current" };
}

function rotated(session: Session, presented: Presented, now: number, lifetimes: SessionLifetimes): Session {
  const generation = session.generation + 1;
  // Never before the request itself was received, nor before the rotation it follows, whatever this machine's clock says.
  const at = Math.max(now, presented.receivedAt, ...session.rotations.slice(-1).map((last) => Date.parse(last.at)));
  const rotation = { generation, operationId: presented.operationId, at: new Date(at).toISOString() };
  // Nor does a refresh set back what another use has told.
  const usedAt = session.lastSeenAt === undefined ? at : Math.max(at, Date.parse(session.lastSeenAt));
  return {
    ...session,
    generation,
    jti: presented.jti,
    lastSeenAt: new Date(usedAt).toISOString(),
    expiresAt: new Date(expiryAfterUse(session, usedAt, lifetimes)).toISOString(),
    rotations: [...session.rotations, rotation].slice(-HISTORY_LENGTH),
  };
}

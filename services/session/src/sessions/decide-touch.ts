import type { Session } from "../session-store.ts";
import { expiryAfterUse, idleSecondsOf, type SessionLifetimes } from "./lifetimes.ts";

export type TouchDecision =
  /** It lives on from this use. */
  | { readonly kind: "slide"; readonly next: Session }
  /** Its expiry slid so short a time before this use that another write is not worth it. */
  | { readonly kind: "recent" }
  /** It has ended, or never was: a use changes nothing about that. */
  | { readonly kind: "over" };

const MINUTE_MS = 60_000;

/**
 * What a use means for the session as it stands. `usedAt` is when a gateway received it: a message that comes late slides
 * no further than one that came at once, and expiry never moves back. `now` is on the same clock, the broker's, and says
 * whether the session has ended meanwhile.
 */
export function decideTouch(
  session: Session | undefined,
  usedAt: number,
  { now, lifetimes }: { readonly now: number; readonly lifetimes: SessionLifetimes },
): TouchDecision {
  if (session === undefined || session.revoked !== undefined) return { kind: "over" };
  const expiresAt = Date.parse(session.expiresAt);
  if (expiresAt <= now) return { kind: "over" };
  // No use is later than the moment that decides on it, whatever the clock of its gateway says.
  const at = Math.min(usedAt, now);
  if (at - lastUseOf(session) < touchEveryMs(session, lifetimes)) return { kind: "recent" };
  const next = Math.max(expiresAt, expiryAfterUse(session, at, lifetimes));
  return {
    kind: "slide",
    next: { ...session, lastSeenAt: new Date(at).toISOString(), expiresAt: new Date(next).toISOString() },
  };
}

/** The last use that moved the expiry, milliseconds since the epoch. */
export const lastUseOf = ({ openedAt, lastSeenAt, rotations }: Session): number =>
  Math.max(
    ...[openedAt, lastSeenAt ?? openedAt, ...rotations.slice(-1).map(({ at }) => at)].map((each) => Date.parse(each)),
  );

/** A minute; for sessions that live only for minutes a tenth of that, or their use would not keep them alive. */
const touchEveryMs = ({ userKind }: Session, lifetimes: SessionLifetimes): number =>
  Math.min(MINUTE_MS, idleSecondsOf(userKind, lifetimes) * 100);

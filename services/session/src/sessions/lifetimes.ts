import type { Session } from "../session-store.ts";

/** How long sessions live. */
export interface SessionLifetimes {
  /** A visitor's from its last use, in seconds. */
  readonly anonymousIdleSeconds: number;
  /** An account's from its last use, in seconds. */
  readonly accountIdleSeconds: number;
  /** An account's from its opening, however much it is used, in seconds; no less than `accountIdleSeconds`. */
  readonly accountMaxSeconds: number;
}

/** When a session that is used at `usedAt` expires; both in milliseconds since the epoch. */
export function expiryAfterUse(
  { userKind, openedAt }: Pick<Session, "userKind" | "openedAt">,
  usedAt: number,
  lifetimes: SessionLifetimes,
): number {
  const idleEnds = usedAt + idleSecondsOf(userKind, lifetimes) * 1000;
  switch (userKind) {
    case "anonymous":
      return idleEnds;
    case "account":
      return Math.min(idleEnds, Date.parse(openedAt) + lifetimes.accountMaxSeconds * 1000);
  }
}

/** How long a session of this kind lives without use, in seconds. */
export function idleSecondsOf(userKind: Session["userKind"], lifetimes: SessionLifetimes): number {
  switch (userKind) {
    case "anonymous":
      return lifetimes.anonymousIdleSeconds;
    case "account":
      return lifetimes.accountIdleSeconds;
  }
}

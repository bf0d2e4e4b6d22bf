import type { SignInMethod, UserKind } from "@lanyard/contracts";
import type { Session } from "../session-store.ts";
import type { SessionLifetimes } from "./lifetimes.ts";

/** A session as it is on opening: first generation, full lifetime. */
export function newSession(given: {
  readonly sessionId: string;
  readonly userId: string;
  readonly userKind: UserKind;
  readonly method: SignInMethod;
  readonly now: number;
  readonly lifetimes: SessionLifetimes;
}): Session {
  return {
    sessionId: given.sessionId,
    userId: given.userId,
    userKind: given.userKind,
    method: given.method,
    amr: [], // a visitor has proven nothing (RFC 8176)
    openedAt: new Date(given.now).toISOString(),
    expiresAt: new Date(given.now + given.lifetimes.anonymousIdleSeconds * 1000).toISOString(),
    generation: 1,
    rotations: [],
    pull: 0, // pulls are numbered from 1; none has been made
  };
}

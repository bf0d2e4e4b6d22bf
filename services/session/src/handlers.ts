import type { Handler } from "@lanyard/messaging";
import type { ClientFacts } from "./client-facts.ts";
import { openSession } from "./open-session.ts";
import type { RevocationLog } from "./revocation-log.ts";
import { revokeAllSessions } from "./revoke-all-sessions.ts";
import { revokeOwnSession } from "./revoke-own-session.ts";
import { revokeSession } from "./revoke-session.ts";
import { rotateSession } from "./rotate-session.ts";
import type { SessionEndings } from "./session-endings.ts";
import type { SessionStore } from "./session-store.ts";
import type { SessionLifetimes } from "./sessions/lifetimes.ts";
import { touchSession } from "./touch-session.ts";

/** Everything the session worker does. */
export const handlers = (deps: {
  readonly sessions: SessionStore;
  readonly endings: SessionEndings;
  readonly clientFacts: ClientFacts;
  readonly revocations: RevocationLog;
  readonly lifetimes: SessionLifetimes;
  readonly now: () => number;
  readonly brokerNow: () => number;
}): readonly Handler[] => [
  openSession(deps),
  rotateSession(deps),
  revokeSession(deps),
  revokeOwnSession(deps),
  revokeAllSessions(deps),
  touchSession(deps),
];

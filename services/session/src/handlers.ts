import type { Handler } from "@lanyard/messaging";
import type { ClientFacts } from "./client-facts.ts";
import type { DeviceStore } from "./devices/device-store.ts";
import { endVisitor } from "./end-visitor.ts";
import { openSession } from "./open-session.ts";
import type { BulkRevocationStore } from "./pulls/bulk-revocation-store.ts";
import { revokeInBulk } from "./pulls/revoke-in-bulk.ts";
import { sweepRevoked } from "./pulls/sweep-revoked.ts";
import type { SweptSessions } from "./pulls/swept-sessions.ts";
import { endReported } from "./reports/end-reported.ts";
import { reportSession } from "./reports/report-session.ts";
import type { ReportStore } from "./reports/report-store.ts";
import type { RevocationLog } from "./revocation-log.ts";
import { revokeAllSessions } from "./revoke-all-sessions.ts";
import { revokeOwnSession } from "./revoke-own-session.ts";
import { revokeSession } from "./revoke-session.ts";
import type { RosterStore } from "./roster/roster-store.ts";
import { rotateSession } from "./rotate-session.ts";
import type { SessionEndings } from "./session-endings.ts";
import type { SessionPulls } from "./session-pulls.ts";
import type { SessionStore } from "./session-store.ts";
import type { SessionLifetimes } from "./sessions/lifetimes.ts";
import { stepUpSession } from "./step-up-session.ts";
import { touchSession } from "./touch-session.ts";

/** Everything the session worker does. */
export const handlers = (deps: {
  readonly sessions: SessionStore;
  readonly pulls: SessionPulls;
  readonly bulkRevocations: BulkRevocationStore;
  readonly sweptSessions: SweptSessions;
  readonly endings: SessionEndings;
  readonly clientFacts: ClientFacts;
  readonly devices: DeviceStore;
  readonly reports: ReportStore;
  readonly revocations: RevocationLog;
  readonly rosters: RosterStore;
  /** How many sessions of an account may be live. */
  readonly sessionLimit: number;
  readonly lifetimes: SessionLifetimes;
  readonly now: () => number;
  readonly brokerNow: () => number;
}): readonly Handler[] => [
  openSession(deps),
  rotateSession(deps),
  revokeSession(deps),
  revokeOwnSession(deps),
  revokeAllSessions(deps),
  endVisitor(deps),
  reportSession(deps),
  endReported(deps),
  touchSession(deps),
  stepUpSession(deps),
  revokeInBulk(deps),
  sweepRevoked(deps),
];

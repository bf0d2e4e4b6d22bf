export type { ClientFacts } from "./client-facts.ts";
export { type DeviceStore, deviceStore, type KnownDevices } from "./devices/device-store.ts";
export { endVisitor } from "./end-visitor.ts";
export { handlers } from "./handlers.ts";
export { offlineClientFacts } from "./offline-client-facts.ts";
export { openSession } from "./open-session.ts";
export {
  type BulkRevocation,
  type BulkRevocationInForce,
  type BulkRevocationStore,
  bulkRevocationStore,
} from "./pulls/bulk-revocation-store.ts";
export { revokeInBulk } from "./pulls/revoke-in-bulk.ts";
export { sweepRevoked } from "./pulls/sweep-revoked.ts";
export { type SweptSessions, sweptSessions } from "./pulls/swept-sessions.ts";
export { endReported } from "./reports/end-reported.ts";
export { reportSession } from "./reports/report-session.ts";
export { type ReportStore, reportStore } from "./reports/report-store.ts";
export { type RevocationLog, revocationLog } from "./revocation-log.ts";
export { revokeAllSessions } from "./revoke-all-sessions.ts";
export { revokeSession } from "./revoke-session.ts";
export { type Roster, type RosterStore, rosterStore } from "./roster/roster-store.ts";
export { rotateSession } from "./rotate-session.ts";
export { type SessionEndings, sessionEndings } from "./session-endings.ts";
export { type PullsInForce, type SessionPulls, sessionPulls } from "./session-pulls.ts";
export { type Session, type SessionStore, sessionStore } from "./session-store.ts";
export { decideRotation, GRACE_MS, type RotationDecision } from "./sessions/decide-rotation.ts";
export { stepUpSession } from "./step-up-session.ts";
export { touchSession } from "./touch-session.ts";

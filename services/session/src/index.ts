export { handlers } from "./handlers.ts";
export { openSession } from "./open-session.ts";
export { type RevocationLog, revocationLog } from "./revocation-log.ts";
export { revokeSession } from "./revoke-session.ts";
export { rotateSession } from "./rotate-session.ts";
export { type Session, type SessionStore, sessionStore } from "./session-store.ts";
export { decideRotation, GRACE_MS, type RotationDecision } from "./sessions/decide-rotation.ts";
export { touchSession } from "./touch-session.ts";

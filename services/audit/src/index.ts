export { auditConfig } from "./config.ts";
export { recordEvent } from "./record-event.ts";
export { AuditSealing, type AuditSealingOptions } from "./seals/audit-sealing.ts";
export { type SealsDueHours, sealDueHours } from "./seals/seal-due-hours.ts";
export { type AuditSeal, type SealStore, sealStore } from "./seals/seal-store.ts";
export {
  type SecurityEvent,
  type SecurityEventStore,
  type SecurityEventStoreOptions,
  securityEventStore,
} from "./security-event-store.ts";

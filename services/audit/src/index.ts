export { auditConfig } from "./config.ts";
export { recordEvent } from "./record-event.ts";
export { type SecurityEvent, type SecurityEventStore, securityEventStore } from "./security-event-store.ts";

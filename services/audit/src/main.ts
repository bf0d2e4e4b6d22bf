import { eventConsumerService, runService } from "@lanyard/service";
import { auditConfig } from "./config.ts";
import { recordEvent } from "./record-event.ts";
import { securityEventStore } from "./security-event-store.ts";

await runService({
  name: "audit",
  config: auditConfig,
  environment: process.env,
  wire: (context) =>
    eventConsumerService("audit", context, (table) =>
      recordEvent(securityEventStore(table, { retentionDays: context.config.LANYARD_AUDIT_RETENTION_DAYS })),
    ),
});

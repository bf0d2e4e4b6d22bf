import { realClock } from "@lanyard/messaging";
import { auditMarks, derivation } from "@lanyard/secrets";
import { eventConsumerService, runService } from "@lanyard/service";
import { auditConfig } from "./config.ts";
import { recordEvent } from "./record-event.ts";
import { AuditSealing } from "./seals/audit-sealing.ts";
import { sealStore } from "./seals/seal-store.ts";
import { securityEventStore } from "./security-event-store.ts";

await runService({
  name: "audit",
  config: auditConfig,
  environment: process.env,
  wire: (context) => {
    const { config, log } = context;
    const marks = auditMarks(derivation(config.LANYARD_DERIVATION_KEYS));
    const sealings: AuditSealing[] = [];
    const service = eventConsumerService("audit", context, (table) => {
      sealings.push(new AuditSealing({ seals: sealStore(table, marks), clock: realClock, log }));
      const retentionDays = config.LANYARD_AUDIT_RETENTION_DAYS;
      return recordEvent(securityEventStore(table, { marks, now: realClock.now, retentionDays }));
    });
    return {
      listener: service.listener,
      async start() {
        await service.start();
        for (const sealing of sealings) sealing.start();
      },
      async stop() {
        await Promise.all([service.stop(), ...sealings.map((sealing) => sealing.stop())]);
      },
    };
  },
});

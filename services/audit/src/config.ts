import { serviceConfig } from "@lanyard/service";
import { z } from "zod";

const LONGEST_RETENTION_DAYS = 36_500;

/** The audit worker's configuration; `docs/configuration.md` describes each variable. */
export const auditConfig = serviceConfig.extend({
  LANYARD_AUDIT_RETENTION_DAYS: z.coerce
    .number({ error: "must be a number" })
    .int({ error: "must be a whole number" })
    .min(1, { error: "must be at least 1" })
    .max(LONGEST_RETENTION_DAYS, { error: `must be at most ${LONGEST_RETENTION_DAYS}` })
    .optional(),
});
export type AuditConfig = z.output<typeof auditConfig>;

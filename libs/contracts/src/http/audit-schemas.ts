import { z } from "zod";
import { auditHour } from "../audit-seal-items.ts";
import { timestamp } from "../shapes.ts";

const count = z.int().nonnegative();

const sealFinding = z.object({
  what: z.enum([
    "begin_changed",
    "seal_missing",
    "seal_changed",
    "link_broken",
    "part_missing",
    "part_changed",
    "key_unknown",
  ]),
  hour: auditHour,
});

const rowFinding = z.object({
  what: z.enum(["row_removed", "row_changed", "row_added", "row_key_unknown"]),
  hour: auditHour.optional().meta({ description: "Whose seal says so; absent for what no seal knows" }),
  row: z.object({ whose: z.string(), at: z.string(), eventId: z.string() }),
});

export const auditFinding = z.union([sealFinding, rowFinding]).meta({
  id: "AuditFinding",
  description: "One thing that is not as it was sealed; `*key_unknown`: marked with a key that is not configured",
});

const findings = z.array(auditFinding);

/** Each line of a verification; one without an `end` has broken off. */
export const auditVerificationLine = z
  .discriminatedUnion("line", [
    z.object({
      line: z.literal("begin"),
      sealedFrom: auditHour.optional().meta({ description: "The first hour that has a seal; absent: none has yet" }),
      hours: count.meta({ description: "Hours that will be looked at" }),
    }),
    z.object({ line: z.literal("part"), hour: auditHour, rows: count, findings }),
    z.object({
      line: z.literal("hour"),
      hour: auditHour,
      rows: count.meta({ description: "That its seal covers" }),
      expired: count.meta({ description: "Of those, gone when their time was over" }),
      late: count.meta({ description: "Recorded in the hour and in no seal of it: came after the seal was made" }),
      findings,
    }),
    z.object({ line: z.literal("rows"), looked: count, findings }),
    z.object({
      line: z.literal("end"),
      hours: count,
      rows: count,
      expired: count,
      late: count,
      looked: count.meta({ description: "Rows that stand in the table" }),
      unmarked: count.meta({ description: "Of those, from before there were seals: nothing is known of them" }),
      findings: count,
      newest: z
        .object({ hour: auditHour, mac: z.string() })
        .optional()
        .meta({ description: "The newest seal: kept elsewhere, it shows later that the end was not cut off" }),
      checkedAt: timestamp,
    }),
  ])
  .meta({ id: "AuditVerificationLine" });

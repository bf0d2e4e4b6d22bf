import { z } from "zod";
import { itemKind } from "./item-kind.ts";
import { timestamp } from "./shapes.ts";

/** An hour of UTC. */
export const auditHour = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}$/)
  .meta({ description: "An hour of UTC", examples: ["2026-11-21T12"] });

/** The hour that a moment is in, `ms` since the epoch. */
export const auditHourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13);

/** When an hour begins, or the one so many hours after it: milliseconds since the epoch. */
export const auditHourStart = (hour: string, later = 0): number => Date.parse(`${hour}:00:00.000Z`) + later * 3600_000;

/** How long after the end of its hour a seal is made: by then whatever was recorded in the hour is on its list. */
export const SEAL_GRACE_SECONDS = 600;

/** How long an entry stays on the list of its hour: longer than sealing may be down. */
export const RECORDED_EVENT_DAYS = 35;

/** How many rows one part of a seal names, so that it stays far below the size that an item may have. */
export const ROWS_OF_SEAL_PART = 500;

const whichRow = {
  whose: z.string().meta({ description: "`pk` of the row" }),
  at: timestamp,
  eventId: z.string(),
};
const whatItSays = {
  rowMac: z.string().meta({ description: "The `mac` of the row" }),
  keptUntil: timestamp.optional().meta({ description: "Of the row. Absent: kept for good" }),
};
const mac = z.string().meta({ description: "HMAC over key and value" });

export const recordedEventItem = itemKind({
  name: "recordedEvent",
  table: "audit",
  summary: "That a row was recorded in an hour: what the seal of the hour is made of, written after the row.",
  writers: ["audit"],
  readers: ["gateway", "audit"],
  expiry: "35 d after its hour",
  schema: z.strictObject({ hour: auditHour, ...whichRow, ...whatItSays, mac }),
  key: (hour: string, whose: string, at: string, eventId: string) => ({
    pk: recordedEventsOf(hour),
    sk: `${whose}/${at}/${eventId}`,
  }),
  keyOf: ["hour", "user#userId or system#day", "at", "eventId"],
});

/** Where the entries of an hour stand together. */
export const recordedEventsOf = (hour: string): string => `recorded#${hour}`;

export const auditSealBeginItem = itemKind({
  name: "auditSealBegin",
  table: "audit",
  summary: "The first hour that is sealed: put if absent by the first audit worker that seals.",
  writers: ["audit"],
  readers: ["gateway", "audit"],
  expiry: "never",
  schema: z.strictObject({ hour: auditHour, mac }),
  key: () => ({ pk: AUDIT_SEALS, sk: "begin" }),
  keyOf: [],
});

export const auditSealItem = itemKind({
  name: "auditSeal",
  table: "audit",
  summary: "The seal of one hour: put if absent, and bound to the seal of the hour before.",
  writers: ["audit"],
  readers: ["gateway", "audit"],
  expiry: "never",
  schema: z.strictObject({
    hour: auditHour,
    rows: z.int().nonnegative(),
    parts: z.array(z.string()).meta({ description: "SHA-256 of each part, in order" }),
    keptUntil: timestamp
      .optional()
      .meta({ description: "When the last of its rows may go. Absent: never, or it has none" }),
    previous: z.string().optional().meta({ description: "`mac` of the seal of the hour before. Absent: the first" }),
    sealedAt: timestamp,
    mac,
  }),
  key: (hour: string) => ({ pk: AUDIT_SEALS, sk: `${SEAL_PREFIX}${hour}` }),
  keyOf: ["hour"],
});

/** Where all seals stand, by hour. */
export const AUDIT_SEALS = "audit-seals";
export const SEAL_PREFIX = "hour#";

export const auditSealPartItem = itemKind({
  name: "auditSealPart",
  table: "audit",
  summary: "Up to 500 rows that a seal covers, under the digest of what it says.",
  writers: ["audit"],
  readers: ["gateway", "audit"],
  expiry: "never, or a day after the last of its rows may go",
  schema: z.strictObject({
    rows: z.array(z.strictObject({ ...whichRow, ...whatItSays })).max(ROWS_OF_SEAL_PART),
  }),
  key: (hour: string, digest: string) => ({ pk: `audit-seal#${hour}`, sk: `part#${digest}` }),
  keyOf: ["hour", "digest of the rows"],
});

import { z } from "zod";
import { itemKind } from "./item-kind.ts";
import { personal } from "./secrecy.ts";
import { jsonObject, sessionId, timestamp, userId } from "./shapes.ts";

export const securityEventItem = itemKind({
  name: "securityEvent",
  table: "audit",
  summary:
    "An event as it was heard: put if absent, once for its id, and never changed. Under the user it is about, or, if it is about none, with all such of its day.",
  writers: ["audit"],
  readers: ["gateway", "audit"],
  expiry: "never, or `LANYARD_AUDIT_RETENTION_DAYS` after `at`",
  schema: z.strictObject({
    eventId: z.string(),
    type: z.string(),
    at: timestamp,
    outcome: z.enum(["succeeded", "failed"]),
    userId: userId.optional(),
    actorId: personal(userId).optional().meta({ description: "The signed-in user who asked for the operation" }),
    sessionId: sessionId.optional(),
    operationId: z.string(),
    ip: personal(z.string()).optional(),
    userAgent: personal(z.string()).optional(),
    data: jsonObject,
    traceId: z.string(),
    typeAndDay: z.string().meta({ description: "As `session.opened 2026-11-21`" }),
    keptUntil: timestamp
      .optional()
      .meta({ description: "Whoever misses it later misses nothing. Absent: kept for good" }),
    mac: z.string().optional().meta({
      description: "HMAC over key and value, by which an added or changed row is known. Absent: from before seals",
    }),
  }),
  key: (whose: string, at: string, eventId: string) => ({ pk: whose, sk: `event#${at}#${eventId}` }),
  indexes: [
    { name: "by_operation", field: "operationId" },
    { name: "by_type_and_day", field: "typeAndDay" },
  ],
  keyOf: ["user#userId or system#day", "at", "eventId"],
});

/** Where the events of a user stand together. */
export const securityEventsOf = (user: string): string => `user#${user}`;

/** Where the events that are about no user stand together: a place for each day, so that none takes every write. */
export const securityEventsOfNobody = (day: string): string => `system#${day}`;

/** What the index `by_type_and_day` goes by. */
export const typeAndDayOf = (type: string, day: string): string => `${type} ${day}`;

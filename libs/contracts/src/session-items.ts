import { z } from "zod";
import { itemKind } from "./item-kind.ts";
import {
  accessTokenId,
  deviceId,
  operationId,
  revocationReason,
  risk,
  sessionId,
  signInClient,
  signInMethod,
  timestamp,
  userId,
  userKind,
} from "./shapes.ts";

/** How many step-ups a session remembers. */
export const STEP_UPS_KEPT = 16;

export const sessionItem = itemKind({
  name: "session",
  table: "session",
  summary: "One session under its user; `generation` numbers the refresh token that is current.",
  writers: ["session"],
  readers: ["gateway", "session"],
  expiry: "2 d after `expiresAt`: until then it stands as the tombstone of what ended",
  schema: z.strictObject({
    sessionId,
    userId,
    userKind,
    method: signInMethod,
    amr: z.array(z.string()),
    openedAt: timestamp,
    expiresAt: timestamp,
    lastSeenAt: timestamp.optional().meta({ description: "Last use that slid the expiry, to the minute" }),
    generation: z.int().positive(),
    jti: accessTokenId.optional().meta({ description: "Of the access token that came with this generation" }),
    client: signInClient.optional().meta({ description: "Who signed in, from where; absent from items older than it" }),
    pull: z.int().nonnegative(),
    deviceId: deviceId.optional().meta({ description: "Of accounts: the device it was opened on" }),
    risk: risk.optional(),
    secondFactorAt: timestamp.optional().meta({ description: "When a second factor was last proven in it" }),
    stepUps: z
      .array(z.strictObject({ operationId, at: timestamp }))
      .max(STEP_UPS_KEPT)
      .optional()
      .meta({ description: "The last 16: which operation has proven it" }),
    rotations: z
      .array(z.strictObject({ generation: z.int().positive(), operationId, at: timestamp }))
      .max(16)
      .default([])
      .meta({ description: "The last 16: which operation made which generation, and when" }),
    replaces: z.array(sessionId).optional().meta({
      description: "The sessions that had to end for it, by the limit: a repeat of its opening tells of them again",
    }),
    revoked: z.strictObject({ at: timestamp, reason: revocationReason, operationId }).optional(),
  }),
  key: (user: string, session: string) => ({ pk: `user#${user}`, sk: `session#${session}` }),
  keyOf: ["userId", "sessionId"],
});

export const sessionEndingItem = itemKind({
  name: "sessionEnding",
  table: "session",
  summary:
    "Which sessions one step of an operation that ends many has to end: put if absent, so that a message that comes again ends the same ones and none that was opened since.",
  writers: ["session"],
  readers: ["session"],
  expiry: "2 d after it was written: no message of the operation is carried out as late",
  schema: z.strictObject({
    sessionIds: z.array(sessionId),
    next: z.string().optional().meta({ description: "Where the next step goes on. Absent: this is the last" }),
  }),
  key: (user: string, operation: string, step: number) => ({
    pk: `user#${user}`,
    sk: `ending#${operation}#${String(step).padStart(6, "0")}`,
  }),
  keyOf: ["userId", "operationId", "step, six digits"],
});

export const revocationHeadItem = itemKind({
  name: "revocationHead",
  table: "session",
  summary: "The number that a shard of the revocation log has reached; a writer is done when its own is covered.",
  writers: ["session"],
  readers: ["gateway", "session"],
  expiry: "never",
  schema: z.strictObject({ last: z.int().nonnegative() }),
  key: (shard: number) => ({ pk: `revocations#${shard}`, sk: "head" }),
  keyOf: ["shard"],
});

export const revocationItem = itemKind({
  name: "revocation",
  table: "session",
  summary: "One revoked session in the log that every gateway follows. Numbers have no gaps: each is put if absent.",
  writers: ["session"],
  readers: ["gateway", "session"],
  expiry: "8 d after it was written; no access token lives that long",
  schema: z.strictObject({ number: z.int().positive(), sessionId, reason: revocationReason, at: timestamp }),
  key: (shard: number, number: number) => ({
    pk: `revocations#${shard}`,
    sk: `entry#${String(number).padStart(12, "0")}`,
  }),
  keyOf: ["shard", "number, twelve digits"],
});

/** Shards of the revocation log: a session's is chosen by its id. */
export const REVOCATION_SHARDS = 8;

/** The shard that a session's revocation is written to. */
export const revocationShardOf = (session: string): number =>
  Number.parseInt(session.slice(0, 8), 16) % REVOCATION_SHARDS;

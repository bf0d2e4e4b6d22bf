import { z } from "zod";
import { itemKind } from "./item-kind.ts";
import { personal } from "./secrecy.ts";
import {
  deviceId,
  operationId,
  roles,
  secondFactorChallengeId,
  secondFactorMethod,
  sessionId,
  signInClient,
  signInMethod,
  timestamp,
  userId,
} from "./shapes.ts";

/** How many operations an item of an account remembers, so that each is told the same again. */
export const ACCOUNT_CHANGES_KEPT = 16;
/** How many wrong passwords in a row an account's address may be tried with before only a reset by mail helps. */
export const PASSWORD_FAILURES = 100;
/** How many wrong second factors in a row an account may be tried with before only an operator helps. */
export const SECOND_FACTOR_FAILURES = 100;
/** How many codes may be tried for one sign-in that waits for its second factor. */
export const SECOND_FACTOR_ATTEMPTS = 5;
/** How long a sign-in waits for its second factor, seconds. */
export const SECOND_FACTOR_SECONDS = 600;
/** How many backup codes an account gets at once. */
export const BACKUP_CODES = 10;
/** How many devices of an account are known; the one not seen for longest goes. */
export const DEVICES_KEPT = 20;
/** How many countries of an account are known, and how many of its devices are remembered as forgotten. */
export const COUNTRIES_KEPT = 20;
/** How long a mail that tells of a sign-in can be answered with "this wasn't me", seconds. */
export const REPORT_SECONDS = 30 * 24 * 3600;
/** How long a change of address can be undone by the mail that tells the old one of it, seconds. */
export const EMAIL_UNDO_SECONDS = 7 * 24 * 3600;

/** The operations that have changed an item, the newest last. */
export const changes = z
  .array(z.strictObject({ operationId, receivedAt: timestamp, at: timestamp }))
  .max(ACCOUNT_CHANGES_KEPT);

/** Tries in a row that failed: counted before they are compared, so that fifty at once are fifty. */
export const failures = z.strictObject({
  count: z.int().nonnegative().meta({ description: "Since the last that was right" }),
  lastAt: timestamp.optional(),
  notBefore: timestamp.optional().meta({ description: "None is compared until then" }),
  counted: z
    .array(z.strictObject({ operationId, count: z.int().positive() }))
    .max(ACCOUNT_CHANGES_KEPT)
    .meta({ description: "Which operations were counted last, each once" }),
});

export const secondFactorItem = itemKind({
  name: "secondFactor",
  table: "identity",
  summary: "An account's second factor: its TOTP secret, sealed for this user, and the hashes of its backup codes.",
  writers: ["identity"],
  readers: ["gateway", "identity"],
  expiry: "never",
  schema: z.strictObject({
    userId,
    pending: z
      .strictObject({ sealedSecret: z.string(), operationId, receivedAt: timestamp })
      .optional()
      .meta({ description: "Set up, and not proven by a code yet" }),
    totp: z
      .strictObject({
        sealedSecret: z.string(),
        enabledAt: timestamp,
        enabledBy: operationId,
        lastStep: z.int().nonnegative().meta({ description: "RFC 6238: no code of this step or before counts" }),
      })
      .optional()
      .meta({ description: "Absent: the second factor is off" }),
    backupCodes: z
      .array(
        z.strictObject({
          hash: z.string().meta({ description: "Keyed hash" }),
          spentBy: operationId.optional(),
          spentAt: timestamp.optional(),
        }),
      )
      .max(BACKUP_CODES),
    backupCodesBy: operationId.optional().meta({ description: "Which operation made them" }),
    kid: z.string().optional().meta({ description: "The derivation key of the hashes" }),
    accepted: z
      .array(
        z.strictObject({
          operationId,
          by: secondFactorMethod,
          at: timestamp,
          left: z.int().nonnegative().meta({ description: "Backup codes that were left then" }),
        }),
      )
      .max(ACCOUNT_CHANGES_KEPT)
      .meta({ description: "The last operations whose code was right: each is told so again" }),
    failures,
    changes,
  }),
  key: (user: string) => ({ pk: `user#${user}`, sk: "second-factor" }),
  keyOf: ["userId"],
});

export const secondFactorChallengeItem = itemKind({
  name: "secondFactorChallenge",
  table: "identity",
  summary: "A sign-in whose first factor is proven and which waits for the second: five tries, ten minutes, once.",
  writers: ["identity"],
  readers: ["identity"],
  expiry: "2 d after `expiresAt`",
  schema: z.strictObject({
    challengeId: secondFactorChallengeId,
    userId,
    method: signInMethod.meta({ description: "What the first factor was" }),
    passwordVersion: operationId
      .optional()
      .meta({ description: "The password that was right, which must still be it" }),
    visitorId: userId.optional().meta({ description: "The visitor whom the sign-in continues" }),
    failuresBefore: z.int().nonnegative().optional(),
    createdAt: timestamp,
    expiresAt: timestamp,
    attempts: z.array(operationId).max(SECOND_FACTOR_ATTEMPTS),
    used: z.strictObject({ at: timestamp, operationId, by: secondFactorMethod }).optional(),
  }),
  key: (id: string) => ({ pk: `second-factor#${id}`, sk: "challenge" }),
  keyOf: ["challengeId"],
});

export const knownDevicesItem = itemKind({
  name: "knownDevices",
  table: "session",
  summary: "The devices and countries that an account has signed in from: what is not among them is new.",
  writers: ["session"],
  readers: ["gateway", "session"],
  expiry: "never",
  schema: z.strictObject({
    userId,
    devices: z
      .array(
        z.strictObject({
          deviceId,
          seenAt: timestamp,
          client: signInClient.omit({ ip: true }).meta({ description: "What it said of itself, and its country" }),
        }),
      )
      .max(DEVICES_KEPT),
    countries: z
      .array(z.strictObject({ country: personal(z.string().regex(/^[A-Z]{2}$/)), seenAt: timestamp }))
      .max(COUNTRIES_KEPT)
      .default([])
      .meta({ description: "Where sign-ins came from, also of devices that have moved on since" }),
    forgotten: z
      .array(z.strictObject({ deviceId, at: timestamp }))
      .max(DEVICES_KEPT)
      .default([])
      .meta({ description: "The last that somebody else signed in on: no late message makes them known again" }),
  }),
  key: (user: string) => ({ pk: `user#${user}`, sk: "devices" }),
  keyOf: ["userId"],
});

export const sessionReportItem = itemKind({
  name: "sessionReport",
  table: "session",
  summary:
    "An account's owner has said of a session that it is not theirs: put if absent, so that a mail's link works once.",
  writers: ["session"],
  readers: ["gateway", "session"],
  expiry: "60 d after it was written: no link works as long",
  schema: z.strictObject({
    userId,
    sessionId,
    operationId,
    at: timestamp,
    others: z.boolean(),
    method: signInMethod.meta({ description: "How the session was opened: told so again when its item is gone" }),
    openedAt: timestamp,
  }),
  key: (user: string, session: string) => ({ pk: `user#${user}`, sk: `report#${session}` }),
  keyOf: ["userId", "sessionId"],
});

/** Of an account, to whoever proves one of its factors. */
export const accountFacts = { userId, userKind: z.literal("account"), roles: roles.default([]) };

import { z } from "zod";
import { itemKind } from "./item-kind.ts";
import { pulledBy, pullReason, revocationScope } from "./revocation-scope.ts";
import { operationId, sessionId, signInMethod, timestamp, userId, userKind } from "./shapes.ts";

const revocationId = z.uuid();
const number = z.int().positive();

export const pullHeadItem = itemKind({
  name: "pullHead",
  table: "session",
  summary: "The number of the newest pull that a writer has seen stand; every lower number has been given.",
  writers: ["session"],
  readers: ["gateway", "session"],
  expiry: "never",
  schema: z.strictObject({ last: z.int().nonnegative() }),
  key: () => ({ pk: "pulls", sk: "head" }),
  keyOf: [],
});

export const pullItem = itemKind({
  name: "pull",
  table: "session",
  summary:
    "One pull of the andon cord, in force from the moment it stands: sessions in its scope with a lower stamp are void. Numbers have no gaps: each is put if absent.",
  writers: ["session"],
  readers: ["gateway", "session"],
  expiry: "402 d after `at`: no session that it voids lives that long",
  schema: z.strictObject({ number, revocationId, scope: revocationScope, at: timestamp }),
  key: (pull: number) => ({ pk: "pulls", sk: `pull#${String(pull).padStart(12, "0")}` }),
  keyOf: ["number, twelve digits"],
});

export const bulkRevocationItem = itemKind({
  name: "bulkRevocation",
  table: "session",
  summary:
    "A bulk revocation by its id: what was asked for, the number it claims, and how far its sweep is. The same id ever again is the same revocation.",
  writers: ["session"],
  readers: ["gateway", "session"],
  expiry: "never",
  schema: z.strictObject({
    revocationId,
    scope: revocationScope,
    reason: pullReason,
    pulledBy,
    pulledAt: timestamp.optional().meta({ description: "As the message on the topic says" }),
    receivedAt: timestamp,
    operationId,
    candidate: number.meta({
      description: "The number it puts its pull under, unless another has; only then it becomes the next",
    }),
    effective: z
      .strictObject({ number, at: timestamp })
      .optional()
      .meta({ description: "Since when the pull stands, and under which number" }),
    sweep: z
      .strictObject({
        step: z.int().nonnegative().meta({ description: "Steps that are done" }),
        after: z.string().optional().meta({ description: "Where the next step goes on" }),
        matched: z.int().nonnegative().meta({ description: "Sessions in scope that were found alive, so far" }),
        swept: z.int().nonnegative().meta({ description: "Of them, those whose item says that they have ended" }),
        doneAt: timestamp.optional(),
        told: z.array(z.strictObject({ userId, userKind, sessionId })).optional().meta({
          description: "What the last step has marked: a repeat tells of the same. Absent: of older releases",
        }),
      })
      .optional(),
  }),
  key: (id: string) => ({ pk: `bulk#${id}`, sk: "revocation" }),
  keyOf: ["revocationId"],
});

export const pullConfirmationItem = itemKind({
  name: "pullConfirmation",
  table: "gateway",
  summary: "A gateway says since when it refuses what a pull has voided.",
  writers: ["gateway"],
  readers: ["gateway"],
  expiry: "8 d after `confirmedAt`",
  schema: z.strictObject({
    number,
    inbox: z.string(),
    confirmedAt: timestamp,
    propagationMs: z
      .number()
      .nonnegative()
      .meta({ description: "From the pull's `at` to this gateway's first refusal by it, by the time of the broker" }),
  }),
  key: (pull: number, inbox: string) => ({ pk: `pull#${String(pull).padStart(12, "0")}`, sk: inbox }),
  keyOf: ["number, twelve digits", "inbox"],
});

export const rosterItem = itemKind({
  name: "roster",
  table: "session",
  summary: "The sessions of an account in the order in which they were admitted: each is here before its item stands.",
  writers: ["session"],
  readers: ["session"],
  expiry: "never",
  schema: z.strictObject({
    entries: z.array(
      z.strictObject({
        sessionId,
        method: signInMethod,
        admittedAt: timestamp,
        evictedBy: operationId.optional().meta({
          description: "The sign-in it has to end for; it stays here until its item and the log say that it has",
        }),
        replaces: z
          .array(sessionId)
          .optional()
          .meta({ description: "The sessions that had to end for it. Absent: there was room" }),
      }),
    ),
  }),
  key: (user: string) => ({ pk: `user#${user}`, sk: "roster" }),
  keyOf: ["userId"],
});

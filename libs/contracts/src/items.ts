import { z } from "zod";
import { recordedOutcome } from "./envelope.ts";
import { publicJwk } from "./http/schemas.ts";
import { revocationReason, sessionId, signInMethod, timestamp, userId, userKind } from "./shapes.ts";

/** The tables, each written by the service of its name; `operations` by whichever worker ends a flow. */
export const tables = ["operations", "gateway", "identity", "session", "token"] as const;
export type TableName = (typeof tables)[number];

/** One kind of item in one table: its shape and how its key is made. The data-model page lists them all. */
export interface ItemKind<
  Schema extends z.ZodObject = z.ZodObject,
  KeyArgs extends readonly unknown[] = readonly never[],
> {
  readonly name: string;
  readonly table: TableName;
  readonly summary: string;
  /** When the item may be deleted, in words; what has ended is judged by its own fields, never by its absence. */
  readonly expiry: string;
  readonly schema: Schema;
  readonly key: (...args: KeyArgs) => { readonly pk: string; readonly sk: string };
}

const itemKind = <Schema extends z.ZodObject, KeyArgs extends readonly unknown[]>(
  definition: ItemKind<Schema, KeyArgs>,
): ItemKind<Schema, KeyArgs> => definition;

export const outcomeItem = itemKind({
  name: "outcome",
  table: "operations",
  summary: "How an operation ended: put if absent by the last worker, read by gateways.",
  expiry: "25 h after the operation's `notAfter` begins to count; answers with secrets are given for 10 min only",
  schema: recordedOutcome,
  key: (operationId: string) => ({ pk: `operation#${operationId}`, sk: "outcome" }),
});

export const inboxLeaseItem = itemKind({
  name: "inboxLease",
  table: "gateway",
  summary: "A gateway's inbox queue and until when its gateway has vouched for it; queues without a lease are reaped.",
  expiry: "removed with the queue",
  schema: z.strictObject({ inbox: z.string(), leaseUntil: timestamp }),
  key: (inbox: string) => ({ pk: "inboxes", sk: inbox }),
});

export const userItem = itemKind({
  name: "user",
  table: "identity",
  summary: "A visitor or an account.",
  expiry: "never",
  schema: z.strictObject({
    userId,
    userKind,
    createdAt: timestamp,
    mergedTo: userId.optional().meta({ description: "The account this visitor became part of" }),
    mergedAt: timestamp.optional(),
  }),
  key: (id: string) => ({ pk: `user#${id}`, sk: "profile" }),
});

export const sessionItem = itemKind({
  name: "session",
  table: "session",
  summary: "One session under its user; `generation` numbers the refresh token that is current.",
  expiry: "2 d after `expiresAt`: until then it stands as the tombstone of what ended",
  schema: z.strictObject({
    sessionId,
    userId,
    userKind,
    method: signInMethod,
    amr: z.array(z.string()),
    openedAt: timestamp,
    expiresAt: timestamp,
    generation: z.int().positive(),
    pull: z.int().nonnegative(),
    revoked: z.strictObject({ at: timestamp, reason: revocationReason }).optional(),
  }),
  key: (user: string, session: string) => ({ pk: `user#${user}`, sk: `session#${session}` }),
});

export const signingKeyItem = itemKind({
  name: "signingKey",
  table: "token",
  summary: "A generation of the ES256 key: public part in the clear, private part sealed.",
  expiry: "never; a retired generation stays as the record of its number",
  schema: z.strictObject({
    generation: z.int().positive(),
    publicJwk,
    sealedPrivateJwk: z.string(),
    createdAt: timestamp,
    activeFrom: timestamp.meta({ description: "Signs from here until the next generation is active" }),
  }),
  key: (generation: number) => ({ pk: "signing-keys", sk: `generation#${String(generation).padStart(6, "0")}` }),
});

/** Every item kind there is. */
export const allItemKinds = [outcomeItem, inboxLeaseItem, userItem, sessionItem, signingKeyItem];

import { z } from "zod";
import { workers } from "./command.ts";
import { closedVisitorItem, dataItem, dataSlotItem, mergeItem } from "./data-items.ts";
import { client, recordedOutcome } from "./envelope.ts";
import { publicJwk } from "./http/schemas.ts";
import { itemKind } from "./item-kind.ts";
import { bulkRevocationItem, pullConfirmationItem, pullHeadItem, pullItem, rosterItem } from "./pull-items.ts";
import { personal } from "./secrecy.ts";
import { securityEventItem } from "./security-event-item.ts";
import {
  accessTokenId,
  challengeId,
  challengeKind,
  email,
  operationId,
  revocationReason,
  roles,
  sessionId,
  signInClient,
  signInMethod,
  timestamp,
  traceparent,
  userId,
  userKind,
} from "./shapes.ts";

/** A table whose keys and attributes a library has chosen; nothing of `@lanyard/storage` reads it. */
export const limitsTable = {
  name: "limits",
  holds: "window",
  summary: "How often something was asked for in one window of a rate limit: an atomic counter.",
  key: "key = {limit}:{HMAC of what the limit tells apart}",
  writers: ["gateway"],
  readers: ["gateway"],
  expiry: "at `expire`, when the window ends; counting begins anew then, whether or not the row was deleted",
  fields: {
    points: "Requests counted, refused ones too",
    expire: "End of the window, Unix seconds",
  },
} as const;

export const outcomeItem = itemKind({
  name: "outcome",
  table: "operations",
  summary: "How an operation ended: put if absent by the worker that ends its flow, read by gateways.",
  writers: workers,
  readers: ["gateway", ...workers],
  expiry: "25 h after `finishedAt`; gateways give an answer that carries secrets for 10 min only",
  schema: recordedOutcome,
  key: (operationId: string) => ({ pk: `operation#${operationId}`, sk: "outcome" }),
  keyOf: ["operationId"],
});

export const inboxLeaseItem = itemKind({
  name: "inboxLease",
  table: "gateway",
  summary:
    "A gateway's inbox queue and until when its gateway vouches for it; any gateway reaps what nobody vouches for.",
  writers: ["gateway"],
  readers: ["gateway"],
  expiry: "removed with the queue",
  schema: z.strictObject({
    inbox: z.string(),
    leaseUntil: timestamp,
    since: timestamp.optional().meta({ description: "Since when its gateway hears; absent from leases of older ones" }),
    subscription: z.string().optional().meta({ description: "Its subscription to events" }),
  }),
  key: (inbox: string) => ({ pk: "inboxes", sk: inbox }),
  keyOf: ["inbox"],
});

/** How many changes of a user's roles its item remembers. */
export const ROLE_CHANGES_KEPT = 16;

export const userItem = itemKind({
  name: "user",
  table: "identity",
  summary: "A visitor or an account.",
  writers: ["identity"],
  readers: ["gateway", "identity"],
  expiry: "never",
  schema: z.strictObject({
    userId,
    userKind,
    email: personal(email)
      .optional()
      .meta({ description: "Of accounts; counts only while the claim of it names this user" }),
    createdAt: timestamp,
    mergedTo: userId.optional().meta({ description: "The account this visitor became part of" }),
    mergedAt: timestamp.optional(),
    mergeOperationId: operationId.optional().meta({ description: "The merge that made it so: the first to claim it" }),
    roles: roles.optional().meta({ description: "Absent: none" }),
    roleChanges: z
      .array(z.strictObject({ operationId, receivedAt: timestamp, at: timestamp, roles }))
      .max(ROLE_CHANGES_KEPT)
      .optional()
      .meta({
        description: "The last 16, oldest first: an operation that comes late undoes none that was asked for after it",
      }),
  }),
  key: (id: string) => ({ pk: `user#${id}`, sk: "profile" }),
  keyOf: ["userId"],
});

export const emailClaimItem = itemKind({
  name: "emailClaim",
  table: "identity",
  summary: "Which account an address belongs to: put if absent, so that one address has one account.",
  writers: ["identity"],
  readers: ["gateway", "identity"],
  expiry: "never; replaced when the profile it names carries another address",
  schema: z.strictObject({
    email: personal(email),
    userId,
    claimedAt: timestamp,
    operationId: operationId.meta({ description: "Who claimed it, and tells of the new account" }),
  }),
  key: (address: string) => ({ pk: `email#${address}`, sk: "claim" }),
  keyOf: ["normal address"],
});

export const userEmailItem = itemKind({
  name: "userEmail",
  table: "identity",
  summary: "An address that an account carries or ever carried, for operators who look for its owner.",
  writers: ["identity"],
  readers: ["gateway", "identity"],
  expiry: "never",
  schema: z.strictObject({ userId, email: personal(email), since: timestamp }),
  key: (user: string, address: string) => ({ pk: `user#${user}`, sk: `email#${address}` }),
  indexes: [{ name: "by_email", field: "email" }],
  keyOf: ["userId", "normal address"],
});

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

export const bindingItem = itemKind({
  name: "binding",
  table: "operations",
  summary: "Ties an Idempotency-Key of one caller to one operation, with what a gateway needs to send it again.",
  writers: ["gateway"],
  readers: ["gateway"],
  expiry: "25 h after `receivedAt`; then the key is free again",
  schema: z.strictObject({
    operationId,
    fingerprint: z.string().meta({ description: "HMAC of method, path, body and what the flow is given" }),
    receivedAt: timestamp,
    client,
    traceparent,
    derivationKid: z.string().meta({ description: "The key that every id of the operation is derived with" }),
  }),
  key: (keyHash: string) => ({ pk: `key#${keyHash}`, sk: "binding" }),
  keyOf: ["HMAC of caller and key"],
});

export const signingKeyItem = itemKind({
  name: "signingKey",
  table: "token",
  summary: "A generation of the ES256 key: public part in the clear, private part sealed.",
  writers: ["token"],
  readers: ["gateway", "token"],
  expiry: "never; a retired generation stays as the record of its number",
  schema: z.strictObject({
    generation: z.int().positive(),
    publicJwk,
    sealedPrivateJwk: z.string(),
    createdAt: timestamp,
    activeFrom: timestamp.meta({ description: "Signs from here until the next generation is active" }),
    removedAt: timestamp
      .optional()
      .meta({ description: "Set in an emergency: neither signs nor is accepted any more" }),
    madeBy: operationId.optional().meta({ description: "Who asked for it; absent: it was due" }),
    removedBy: operationId.optional().meta({ description: "Which operation removed it" }),
  }),
  key: (generation: number) => ({ pk: "signing-keys", sk: `generation#${String(generation).padStart(6, "0")}` }),
  keyOf: ["generation, six digits"],
});

/** How many codes may be tried for one challenge. */
export const CHALLENGE_ATTEMPTS = 5;
/** How many wrong codes may be tried for one address in 24 hours, whatever the challenge. */
export const ADDRESS_ATTEMPTS = 20;

export const challengeItem = itemKind({
  name: "challenge",
  table: "token",
  summary: "An e-mail challenge: answered once, by its link or its code, whichever comes first.",
  writers: ["token"],
  readers: ["gateway", "token"],
  expiry: "2 d after it can no longer be answered: until then it stands as the tombstone of what was spent",
  schema: z.strictObject({
    challengeId,
    challengeKind,
    email: personal(email),
    createdAt: timestamp,
    kid: z.string().meta({ description: "The derivation key of the hashes" }),
    codeVerifier: z
      .string()
      .meta({ description: "What the code is checked by: a keyed hash, or a provider's handle, sealed" }),
    codeExpiresAt: timestamp,
    visitorId: userId.optional().meta({
      description: "The visitor whom this sign-in continues, as whoever asked for it has shown",
    }),
    linkHash: z.string().optional().meta({ description: "Keyed hash of the link's token" }),
    linkExpiresAt: timestamp.optional(),
    attempts: z
      .array(operationId)
      .max(CHALLENGE_ATTEMPTS)
      .default([])
      .meta({ description: "Which operations have tried a code; each counts once, before its code is compared" }),
    used: z
      .strictObject({
        at: timestamp,
        byIp: personal(z.string()),
        operationId,
        by: z.enum(["link", "code"]),
      })
      .optional(),
  }),
  key: (id: string) => ({ pk: `challenge#${id}`, sk: "challenge" }),
  keyOf: ["challengeId"],
});

export const addressAttemptsItem = itemKind({
  name: "addressAttempts",
  table: "token",
  summary: "The codes tried for one address in the last 24 hours, whatever the challenge.",
  writers: ["token"],
  readers: ["token"],
  expiry: "24 h after the last of them",
  schema: z.strictObject({
    attempts: z.array(z.strictObject({ operationId, at: timestamp })).max(ADDRESS_ATTEMPTS),
  }),
  key: (addressHash: string) => ({ pk: `address#${addressHash}`, sk: "attempts" }),
  keyOf: ["HMAC of the normal address"],
});

export const mailItem = itemKind({
  name: "mail",
  table: "notification",
  summary: "One mail: who is sending it now, and how it ended. Sent again only after a crash before this said so.",
  writers: ["notification"],
  readers: ["notification"],
  expiry: "30 d after it was made",
  schema: z.strictObject({
    mailId: z.uuid(),
    template: z.enum(["sign-in"]),
    operationId,
    createdAt: timestamp,
    sending: z
      .strictObject({ until: timestamp, attempt: z.string() })
      .optional()
      .meta({ description: "A worker has it in hand; nobody else sends it before `until`" }),
    ended: z
      .strictObject({ at: timestamp, how: z.enum(["sent", "rejected", "expired"]), smtpStatus: z.int().optional() })
      .optional(),
  }),
  key: (mailId: string) => ({ pk: `mail#${mailId}`, sk: "mail" }),
  keyOf: ["mailId"],
});

/** Every item kind there is. */
export const allItemKinds = [
  outcomeItem,
  inboxLeaseItem,
  userItem,
  sessionItem,
  sessionEndingItem,
  revocationHeadItem,
  revocationItem,
  pullHeadItem,
  pullItem,
  bulkRevocationItem,
  pullConfirmationItem,
  rosterItem,
  bindingItem,
  signingKeyItem,
  emailClaimItem,
  userEmailItem,
  challengeItem,
  addressAttemptsItem,
  mailItem,
  dataItem,
  dataSlotItem,
  closedVisitorItem,
  mergeItem,
  securityEventItem,
];

/** Whether a claim of an address counts: the profile it names is an account that carries the address. */
export const claimCounts = (
  claim: z.output<typeof emailClaimItem.schema>,
  profile: z.output<typeof userItem.schema> | undefined,
): boolean =>
  profile?.userId === claim.userId &&
  profile.userKind === "account" &&
  profile.mergedTo === undefined &&
  profile.email === claim.email;

/** Shards of the revocation log: a session's is chosen by its id. */
export const REVOCATION_SHARDS = 8;

/** The shard that a session's revocation is written to. */
export const revocationShardOf = (session: string): number =>
  Number.parseInt(session.slice(0, 8), 16) % REVOCATION_SHARDS;

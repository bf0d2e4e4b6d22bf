import { z } from "zod";
import { knownDevicesItem, secondFactorChallengeItem, secondFactorItem, sessionReportItem } from "./account-items.ts";
import { auditSealBeginItem, auditSealItem, auditSealPartItem, recordedEventItem } from "./audit-seal-items.ts";
import { workers } from "./command.ts";
import { closedVisitorItem, dataItem, dataSlotItem, mergeItem } from "./data-items.ts";
import { emailChangeItem, emailUndoItem } from "./email-items.ts";
import { client, recordedOutcome } from "./envelope.ts";
import { publicJwk } from "./http/schemas.ts";
import { itemKind } from "./item-kind.ts";
import { foundAccountItem, passwordFailuresItem, passwordItem, passwordTryItem } from "./password-items.ts";
import { bulkRevocationItem, pullConfirmationItem, pullHeadItem, pullItem, rosterItem } from "./pull-items.ts";
import { registrationsItem } from "./registrations-item.ts";
import { personal } from "./secrecy.ts";
import { securityEventItem } from "./security-event-item.ts";
import { revocationHeadItem, revocationItem, sessionEndingItem, sessionItem } from "./session-items.ts";
import {
  challengeId,
  challengeKind,
  displayName,
  email,
  locale,
  mailTemplate,
  operationId,
  profileField,
  roles,
  sessionId,
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
  readers: ["gateway", "identity", "notification"],
  expiry: "never",
  schema: z.strictObject({
    userId,
    userKind,
    email: personal(email)
      .optional()
      .meta({ description: "Of accounts; counts only while the claim of it names this user" }),
    emailVersion: z
      .int()
      .nonnegative()
      .optional()
      .meta({ description: "How often it was decided what the address is. Absent: never since it was made" }),
    emailChanges: z
      .array(
        z.strictObject({
          operationId,
          receivedAt: timestamp,
          at: timestamp,
          from: personal(email),
          to: personal(email),
        }),
      )
      .max(ROLE_CHANGES_KEPT)
      .optional()
      .meta({ description: "The last 16, oldest first" }),
    emailUnchanged: z
      .array(z.strictObject({ operationId, receivedAt: timestamp, at: timestamp, why: z.enum(["taken", "carried"]) }))
      .max(ROLE_CHANGES_KEPT)
      .optional()
      .meta({
        description:
          "The last 16 requests that changed nothing: the address was another account's, or this one's already. Each is told so again",
      }),
    emailRestored: z
      .strictObject({
        operationId,
        at: timestamp,
        ended: z.strictObject({ at: timestamp, version: z.int().nonnegative() }).optional(),
      })
      .optional()
      .meta({
        description:
          "A change of address was undone, at last by this operation. What was received before it had ended changes neither address nor password any more, nor does anything while it is under way, for a day at most",
      }),
    displayName: displayName.optional(),
    locale: locale.optional().meta({ description: "Language of the mails to it. Absent: the first of all" }),
    profileChanges: z
      .array(z.strictObject({ operationId, receivedAt: timestamp, at: timestamp, fields: z.array(profileField) }))
      .max(ROLE_CHANGES_KEPT)
      .optional()
      .meta({ description: "The last 16, oldest first: one that comes late undoes none that was asked for after it" }),
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
    change: z
      .strictObject({
        fromVersion: z.int().nonnegative(),
        receivedAt: timestamp,
        undoes: operationId.optional().meta({ description: "The change that is undone by this one" }),
      })
      .optional()
      .meta({
        description:
          "An account that stands changes to this address: whoever finds it still at that `emailVersion` completes the change",
      }),
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
    codeVerifier: z.string().optional().meta({
      description: "What the code is checked by: a keyed hash, or a provider's handle, sealed. Absent: no code",
    }),
    codeExpiresAt: timestamp.optional(),
    userId: userId.optional().meta({ description: "Of `email_change`: whose address it is to be" }),
    sessionId: sessionId.optional().meta({
      description: "Of `email_change`: the session that has asked; once it has ended, the link does nothing",
    }),
    sealedPasswordHash: z
      .string()
      .optional()
      .meta({ description: "Of `registration`: the hash of the password that waits for this proof, sealed" }),
    isShort: z.boolean().optional(),
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
        isCrossed: z.literal(true).optional().meta({
          description:
            "Of `registration`: somebody else may have chosen a password for the address; this one is dropped",
        }),
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
    template: mailTemplate,
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
  emailChangeItem,
  emailUndoItem,
  challengeItem,
  addressAttemptsItem,
  registrationsItem,
  mailItem,
  dataItem,
  dataSlotItem,
  closedVisitorItem,
  mergeItem,
  passwordItem,
  passwordFailuresItem,
  passwordTryItem,
  foundAccountItem,
  secondFactorItem,
  secondFactorChallengeItem,
  knownDevicesItem,
  sessionReportItem,
  securityEventItem,
  recordedEventItem,
  auditSealBeginItem,
  auditSealItem,
  auditSealPartItem,
];

/**
 * Whether a claim of an address is a change under way: its account stands where the change began. Whoever finds it so
 * completes it, so that it counts like any other.
 */
export const claimChanges = (
  claim: z.output<typeof emailClaimItem.schema>,
  profile: z.output<typeof userItem.schema> | undefined,
): boolean =>
  profile?.userId === claim.userId &&
  profile.userKind === "account" &&
  claim.change !== undefined &&
  claim.change.fromVersion === (profile.emailVersion ?? 0) &&
  !(profile.emailUnchanged ?? []).some(({ operationId }) => operationId === claim.operationId);

/** Whether a claim of an address counts: the profile it names is an account that carries the address. */
export const claimCounts = (
  claim: z.output<typeof emailClaimItem.schema>,
  profile: z.output<typeof userItem.schema> | undefined,
): boolean =>
  profile?.userId === claim.userId &&
  profile.userKind === "account" &&
  profile.mergedTo === undefined &&
  profile.email === claim.email;

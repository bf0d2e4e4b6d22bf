import { z } from "zod";
import { itemOrigin, mergeCounts } from "../data-items.ts";
import { queueName } from "../queues.ts";
import { personal, sealed } from "../secrecy.ts";
import {
  challengeId,
  dataKind,
  deviceClass,
  email,
  itemId,
  itemName,
  json,
  keyId,
  operationId,
  risk,
  roles,
  sessionId,
  signInMethod,
  timestamp,
  userId,
  userKind,
} from "../shapes.ts";
import { accountSecurity, lastSignIn, linkPurpose, profile } from "./account-schemas.ts";

export const tokenSet = z
  .object({
    tokenType: z.literal("Bearer"),
    accessToken: z.string().meta({ description: "JWT (ES256, RFC 9068)" }),
    expiresIn: z.int().positive().meta({ description: "Seconds until the access token expires" }),
    refreshToken: z.string().meta({ description: "Opaque; names a session and a generation" }),
  })
  .meta({ id: "TokenSet" });

export const publicUser = z
  .object({
    id: userId,
    kind: userKind,
    email: email.optional(),
    roles: z.array(z.string()).optional(),
  })
  .meta({ id: "User" });

export const publicSession = z
  .object({ id: sessionId, createdAt: timestamp, expiresAt: timestamp })
  .meta({ id: "Session" });

export const authResult = z
  .object({
    user: publicUser,
    session: publicSession,
    tokens: sealed(tokenSet),
    deviceToken: sealed(z.string()).optional().meta({
      description: "Of accounts, on sign-in: send it as `X-Device-Token` with the next sign-in on this device",
    }),
    merge: z
      .object({ operationId })
      .optional()
      .meta({ description: "When the sign-in continues a visitor: the operation that moves what the visitor owned" }),
  })
  .meta({ id: "AuthResult" });

export const currentSession = z.object({ user: publicUser, session: publicSession }).meta({ id: "CurrentSession" });

/** A session as its user sees it in a list. */
export const listedSession = z
  .object({
    id: sessionId,
    current: z.boolean().meta({ description: "Whether it is the one that asks" }),
    createdAt: timestamp,
    lastSeenAt: timestamp.meta({ description: "Last use, to the minute" }),
    expiresAt: timestamp,
    method: signInMethod,
    ip: z.string().meta({ description: "Of the sign-in; `unknown` if it is not" }),
    country: z
      .string()
      .optional()
      .meta({ description: "ISO 3166-1 alpha-2, of that address", examples: ["DE"] }),
    os: z
      .string()
      .optional()
      .meta({ description: "As the browser said", examples: ["Windows"] }),
    browser: z
      .string()
      .optional()
      .meta({ description: "As the browser said", examples: ["Firefox"] }),
    device: deviceClass.optional().meta({ description: "As the browser said" }),
    risk: risk.optional(),
  })
  .meta({ id: "ListedSession" });

export const listedSessions = z
  .object({ sessions: z.array(listedSession).meta({ description: "Those that live, the one used last first" }) })
  .meta({ id: "ListedSessions" });

/** An item as its user sees it. */
export const dataItemView = z
  .object({
    id: itemId,
    kind: dataKind,
    name: itemName,
    value: personal(json),
    version: z.int().positive().meta({ description: "As in `ETag`" }),
    createdAt: timestamp,
    updatedAt: timestamp,
    origin: itemOrigin.optional().meta({ description: "Where it came from, if a merge has moved it" }),
    held: z.enum(["limit_reached"]).optional().meta({
      description:
        "Moved by a merge, beyond the limit of its kind: it can be read and deleted, and saved when there is room",
    }),
  })
  .meta({ id: "DataItem" });

/**
 * An item as an operation has left it. Without its value, which whoever asked for the operation has: storage does not keep
 * every JSON as it is, and what somebody owns need not rest in two tables.
 */
export const savedItem = dataItemView.omit({ value: true }).meta({ id: "SavedItem" });

export const dataItems = z
  .object({
    items: z.array(dataItemView).meta({ description: "In the order of their ids" }),
    cursor: z.string().optional().meta({ description: "There when there is more: ask again with it" }),
  })
  .meta({ id: "DataItems" });

export const mergeResult = z.object({ ...mergeCounts.shape, mergedAt: timestamp }).meta({ id: "MergeResult" });

/** What a merge would do at this moment. */
export const mergePreview = z
  .object({
    ...mergeCounts.shape,
    conflicts: z
      .record(dataKind, z.int().positive())
      .meta({ description: "By kind, how many have the name of an item of the account" }),
  })
  .meta({ id: "MergePreview" });

export const me = z
  .object({
    user: publicUser.extend(profile.shape),
    createdAt: timestamp,
    lastSignIn: lastSignIn.optional(),
    security: accountSecurity.optional().meta({ description: "Of accounts" }),
  })
  .meta({ id: "Me" });

export const challenge = z
  .object({ challengeId, expiresAt: timestamp.meta({ description: "From then on neither link nor code is taken" }) })
  .meta({ id: "Challenge" });

/** What a link would do, for the page that asks before it does it. */
export const magicLink = z.object({ email, expiresAt: timestamp, purpose: linkPurpose }).meta({ id: "MagicLink" });

export const foundUser = z.object({ userId }).meta({ id: "FoundUser" });

export const usersOfEmail = z
  .object({
    users: z.array(
      z.object({
        userId,
        since: timestamp.meta({ description: "When the address became this user's" }),
        current: z.boolean().meta({ description: "Whether the address is this user's today" }),
      }),
    ),
  })
  .meta({ id: "UsersOfEmail" });

export const usersRoles = z.object({ userId, roles }).meta({ id: "UsersRoles" });

const deadLetterReason = z.string().meta({
  description: "Why it was given up; `deliveries_exhausted` when the queue itself did",
  examples: ["mac_invalid", "failed"],
});

export const deadLetterQueues = z
  .object({
    queues: z.array(
      z.object({
        queue: queueName,
        count: z.int().nonnegative().meta({ description: "As the queue counts them: approximately" }),
        oldestAt: timestamp.optional().meta({ description: "Of those that were looked at" }),
        reasons: z
          .record(z.string(), z.int().positive())
          .meta({ description: "How often each, of those that were looked at: 100 at most" }),
      }),
    ),
  })
  .meta({ id: "DeadLetterQueues" });

/** What a dead letter says of itself, as far as its MAC vouches for it; never a secret, and nothing about a person. */
export const deadLetters = z
  .object({
    queue: queueName,
    count: z.int().nonnegative().meta({ description: "As the queue counts them: approximately" }),
    letters: z
      .array(
        z.object({
          messageId: z.string(),
          reason: deadLetterReason,
          sentAt: timestamp.meta({ description: "When it came to where it lies, or first to its queue" }),
          bytes: z.int().nonnegative(),
          genuine: z
            .boolean()
            .meta({ description: "Whether a key of this deployment made its MAC; only then is there more" }),
          type: z.string().optional(),
          operationId: operationId.optional(),
          flow: z
            .string()
            .optional()
            .meta({ examples: ["verifyMagicLink/1"] }),
          position: z.int().nonnegative().optional(),
          receivedAt: timestamp.optional(),
          notAfter: timestamp.optional().meta({ description: "Carried out after this it ends as `operation_expired`" }),
          input: z.unknown().optional().meta({ description: "Redacted" }),
        }),
      )
      .meta({ description: "Oldest first, 100 at most" }),
  })
  .meta({ id: "DeadLetters" });

export const redriveAccepted = z.object({ operationId, status: z.literal("pending") }).meta({ id: "RedriveAccepted" });

/** An operation as operators see it: nothing of it is unsealed. */
export const operatorsOperation = z
  .object({
    operationId,
    status: z.enum(["succeeded", "failed"]),
    flow: z.string().meta({ examples: ["verifyMagicLink/1"] }),
    finishedAt: timestamp,
    result: z.unknown().optional().meta({ description: "Redacted" }),
    problem: z.object({ code: z.string(), status: z.int(), title: z.string() }).optional(),
  })
  .meta({ id: "OperatorsOperation" });

export const signingKeys = z
  .object({
    keys: z.array(
      z.object({
        kid: keyId,
        generation: z.int().positive(),
        state: z.enum(["next", "signs", "accepted", "retired", "removed"]).meta({
          description:
            "`next`: published, signs from `activeFrom` on. `accepted`: signs no more, but what it signed counts",
        }),
        createdAt: timestamp,
        activeFrom: timestamp,
        removedAt: timestamp.optional(),
      }),
    ),
  })
  .meta({ id: "SigningKeys" });

export const rotatedKey = z.object({ kid: keyId, activeFrom: timestamp }).meta({ id: "RotatedKey" });

const securityEvent = z.object({
  id: z.string(),
  type: z.string().meta({ description: "As `session.opened`; there may be new ones at any time" }),
  at: timestamp,
  risk: risk.optional(),
  outcome: z
    .enum(["succeeded", "failed"])
    .meta({ description: "`failed`: somebody wanted something and did not get it" }),
  sessionId: sessionId.optional(),
  ip: z.string().optional(),
  userAgent: z.string().optional(),
  data: z.record(z.string(), z.unknown()),
});

const nextCursor = z.string().optional().meta({ description: "There when there is more: ask again with it" });

export const ownSecurityEvents = z
  .object({ events: z.array(securityEvent), cursor: nextCursor })
  .meta({ id: "OwnSecurityEvents" });

export const anySecurityEvent = securityEvent.extend({
  userId: userId.optional().meta({ description: "The user it is about, where one is known" }),
  actorId: userId.optional().meta({ description: "The signed-in user who asked for the operation" }),
  operationId: z.string(),
  traceId: z.string(),
});

export const securityEvents = z
  .object({ events: z.array(anySecurityEvent), cursor: nextCursor })
  .meta({ id: "SecurityEvents" });

/** What the embedded mailbox has received. */
export const mailbox = z
  .object({
    messages: z.array(
      z.object({
        to: z.string(),
        subject: z.string(),
        text: z.string(),
        html: z.string(),
        links: z.array(z.string()),
        codes: z.array(z.string()),
        receivedAt: timestamp,
      }),
    ),
  })
  .meta({ id: "Mailbox" });

export const pendingOperation = z
  .object({
    operationId,
    status: z.literal("pending"),
    progress: z
      .object({ moved: z.int().nonnegative(), skipped: z.int().nonnegative() })
      .optional()
      .meta({ description: "Of a merge: how many items it has been through so far" }),
    operationSecret: z
      .string()
      .optional()
      .meta({ description: "Callers without identity send it as X-Operation-Secret to read the operation" }),
  })
  .meta({ id: "PendingOperation" });

export const finishedOperation = z
  .object({
    operationId,
    status: z.enum(["succeeded", "failed"]),
    finishedAt: timestamp,
    result: z.record(z.string(), z.unknown()).optional().meta({ description: "What the request would have answered" }),
    problem: z.object({ code: z.string(), status: z.int(), title: z.string() }).loose().optional(),
  })
  .meta({ id: "FinishedOperation" });

/** A public ES256 key (RFC 7517); its `kid` is its thumbprint (RFC 7638). */
export const publicJwk = z.strictObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  alg: z.literal("ES256"),
  use: z.literal("sig"),
});

export const jwks = z.object({ keys: z.array(publicJwk) }).meta({ id: "Jwks" });

export const health = z.object({ status: z.literal("ok") }).meta({ id: "Health" });
export const readiness = z
  .object({ status: z.enum(["ready", "not-ready"]), missing: z.array(z.string()) })
  .meta({ id: "Readiness" });

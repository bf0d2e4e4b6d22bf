import { z } from "zod";
import { sealed } from "../secrecy.ts";
import { challengeId, email, operationId, sessionId, timestamp, userId, userKind } from "../shapes.ts";

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
  .object({ user: publicUser, session: publicSession, tokens: sealed(tokenSet) })
  .meta({ id: "AuthResult" });

export const currentSession = z.object({ user: publicUser, session: publicSession }).meta({ id: "CurrentSession" });

export const me = z.object({ user: publicUser, createdAt: timestamp }).meta({ id: "Me" });

export const challenge = z
  .object({ challengeId, expiresAt: timestamp.meta({ description: "From then on neither link nor code is taken" }) })
  .meta({ id: "Challenge" });

/** What a link would do, for the page that asks before it does it. */
export const magicLink = z.object({ email, expiresAt: timestamp }).meta({ id: "MagicLink" });

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

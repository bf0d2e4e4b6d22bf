import { z } from "zod";
import { personal } from "./secrecy.ts";

/** ISO 8601 in UTC with milliseconds, as `Date.toISOString` writes it. */
export const timestamp = z.iso
  .datetime()
  .meta({ description: "ISO 8601, UTC", examples: ["2026-11-21T12:00:00.000Z"] });

export const userId = z.uuid().meta({ description: "A user's id, opaque" });
export const sessionId = z.uuid().meta({ description: "A session's id, opaque" });

/** `op_`, 32 hex digits (UUIDv7: the time of receipt), 22 base64url characters that only this deployment can compute. */
export const operationId = z
  .string()
  .regex(/^op_[0-9a-f]{32}[A-Za-z0-9_-]{22}$/)
  .meta({ description: "Names one run of one command flow; an idempotency key, not a secret" });

export const userKind = z.enum(["anonymous", "account"]);
export type UserKind = z.output<typeof userKind>;

/** Any user's address in its normal form: see `normalEmail`. */
export const email = z
  .email()
  .max(254)
  .meta({ description: "An e-mail address, normalised", examples: ["ada@example.com"] });

/** `ch_`, 32 hex digits (UUIDv7: the time of receipt), 22 base64url characters that only this deployment can compute. */
export const challengeId = z
  .string()
  .regex(/^ch_[0-9a-f]{32}[A-Za-z0-9_-]{22}$/)
  .meta({ description: "Names one e-mail challenge; not a secret" });

/** `magic_link` mails a link and a code, `email_otp` a code only. */
export const challengeKind = z.enum(["magic_link", "email_otp"]);
export type ChallengeKind = z.output<typeof challengeKind>;

/** Languages that mails and pages speak; the first is the default. */
export const locale = z.enum(["en", "de"]);
export type Locale = z.output<typeof locale>;

export const signInMethod = z.enum(["anonymous", "magic_link", "email_otp"]);
export type SignInMethod = z.output<typeof signInMethod>;

export const revocationReason = z
  .enum(["logout", "revoked_by_user", "refresh_reuse", "session_limit", "merged", "operator"])
  .meta({ description: "Why a session was ended before its time" });
export type RevocationReason = z.output<typeof revocationReason>;

/** What a user may do beyond what every user may. */
export const roles = z
  .array(z.enum(["admin"]))
  .max(8)
  .meta({ description: "What the user may do beyond what every user may" });

/** An operator as events name it: `key:` and the name of an ops key, or `user:` and the id of an account. */
export const operatorName = z
  .string()
  .regex(/^(key|user):[A-Za-z0-9_-]{1,64}$/)
  .meta({ description: "`key:` and the name of an ops key, or `user:` and a user's id" });

/** The `kid` of a signing key: its thumbprint (RFC 7638). */
export const keyId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ description: "The `kid` of a signing key" });

/** The `jti` of an access token (RFC 7519). */
export const accessTokenId = z.uuid().meta({ description: "The `jti` of an access token" });

export const deviceClass = z.enum(["desktop", "mobile", "tablet", "tv", "bot"]);

/** What was known of the client that signed in; a part that could not be told is absent. */
export const signInClient = z.strictObject({
  ip: personal(z.string()),
  os: personal(z.string().max(64))
    .optional()
    .meta({ description: "As the user agent says", examples: ["Windows"] }),
  browser: personal(z.string().max(64))
    .optional()
    .meta({ description: "As the user agent says", examples: ["Firefox"] }),
  device: personal(deviceClass).optional().meta({ description: "As the user agent says" }),
  country: personal(z.string().regex(/^[A-Z]{2}$/))
    .optional()
    .meta({ description: "ISO 3166-1 alpha-2, by the address", examples: ["DE"] }),
});
export type SignInClient = z.output<typeof signInClient>;

/** W3C Trace Context, version 00. */
export const traceparent = z.string().regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

const isJson = (value: unknown): boolean => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === "object" && Object.values(value).every(isJson);
};

/** Looked at and not copied: `z.json()` tries a union at every depth, and messages are parsed at every hop. */
export const json = z.unknown().refine(isJson, "Invalid input: expected JSON") as unknown as z.ZodType<Json>;
export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);

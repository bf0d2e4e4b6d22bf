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

/**
 * `magic_link` and `registration` mail a link and a code, `email_otp` a code only, the others a link only. What answers
 * one kind answers no other, but for the first three, which all sign in.
 */
export const challengeKind = z.enum(["magic_link", "email_otp", "registration", "password_reset", "email_change"]);
export type ChallengeKind = z.output<typeof challengeKind>;

/** `sf_`, 32 hex digits (UUIDv7: the time of receipt), 22 base64url characters that only this deployment can compute. */
export const secondFactorChallengeId = z
  .string()
  .regex(/^sf_[0-9a-f]{32}[A-Za-z0-9_-]{22}$/)
  .meta({ description: "Names one sign-in that waits for its second factor; not a secret" });

/** What a second factor was proven with. */
export const secondFactorMethod = z.enum(["totp", "backup_code"]);
export type SecondFactorMethod = z.output<typeof secondFactorMethod>;

/** Why a sign-in, a session or an event deserves a second look. */
export const riskReason = z.enum(["new_device", "new_country", "many_failures", "token_theft"]);
export type RiskReason = z.output<typeof riskReason>;
export const risk = z
  .strictObject({ reasons: z.array(riskReason).min(1) })
  .meta({ description: "Why it deserves a second look; absent: nothing was odd" });
export type Risk = z.output<typeof risk>;

/** What a mail is about. */
export const mailTemplate = z.enum([
  "sign-in",
  "registration",
  "password-reset",
  "email-change",
  "new-device",
  "password-set",
  "second-factor-on",
  "second-factor-off",
  "backup-codes-made",
  "email-changed",
  "backup-code-used",
  "sessions-revoked",
  "token-theft",
]);
export type MailTemplate = z.output<typeof mailTemplate>;

export const deviceId = z.uuid().meta({ description: "A device that has signed in to an account" });
/** Neither control characters nor what turns the text around it: it stands in mails and on pages. */
const PLAIN_TEXT = /^[^\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]*$/u;

export const displayName = personal(
  z.string().min(1).max(100).regex(PLAIN_TEXT, { error: "must be a line of text" }),
).meta({
  description: "What people call the user",
  examples: ["Ada"],
});

/** What an account says of its user. */
export const profileField = z.enum(["displayName", "locale"]);
export type ProfileField = z.output<typeof profileField>;

/** Languages that mails and pages speak; the first is the default. */
export const locale = z.enum(["en", "de"]);
export type Locale = z.output<typeof locale>;

export const signInMethod = z.enum(["anonymous", "magic_link", "email_otp", "password"]);
export type SignInMethod = z.output<typeof signInMethod>;

export const revocationReason = z
  .enum([
    "logout",
    "revoked_by_user",
    "refresh_reuse",
    "session_limit",
    "merged",
    "operator",
    "password_changed",
    "password_reset",
    "reported_by_user",
    "email_change_undone",
  ])
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

/** Why an operator does something to an account. */
export const operatorReason = z
  .string()
  .min(1)
  .max(500)
  .meta({
    description: "Why, in an operator's words; shown to operators only",
    examples: ["Lost phone and codes; called back at the number we have"],
  });

/** The `kid` of a signing key: its thumbprint (RFC 7638). */
export const keyId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ description: "The `kid` of a signing key" });

/** The `jti` of an access token (RFC 7519). */
export const accessTokenId = z.uuid().meta({ description: "The `jti` of an access token" });

export const deviceClass = z.enum(["desktop", "mobile", "tablet", "tv", "bot"]);

/** A kind of what users own, as the deployment declares it. */
export const dataKind = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/)
  .meta({ description: "A kind that this deployment declares", examples: ["configuration"] });
export const itemId = z.uuid().meta({ description: "An item's id, opaque" });
export const itemName = personal(z.string().min(1).max(200)).meta({
  description: "What people call it; need not be the only one of its name",
});

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

/** What nests deeper is refused before it is more than a stack can follow. */
const MOST_LEVELS = 100;

const isJson = (value: unknown, level = 0): boolean => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || level >= MOST_LEVELS) return false;
  return Object.values(value).every((each) => isJson(each, level + 1));
};

/** Looked at and not copied: `z.json()` tries a union at every depth, and messages are parsed at every hop. */
export const json = z
  .unknown()
  .refine(
    (value) => isJson(value),
    `Invalid input: expected JSON of at most ${MOST_LEVELS} levels`,
  ) as unknown as z.ZodType<Json>;
export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);

import { z } from "zod";
import { command } from "./command.ts";
import { tokenSet } from "./http/schemas.ts";
import { personal, sealed } from "./secrecy.ts";
import {
  accessTokenId,
  challengeId,
  challengeKind,
  deviceId,
  email,
  keyId,
  locale,
  operatorName,
  roles,
  sessionId,
  signInMethod,
  timestamp,
  userId,
  userKind,
} from "./shapes.ts";

/** The session as a token set is made of it. */
export const tokenFacts = {
  openedAt: timestamp,
  expiresAt: timestamp,
  generation: z.int().positive(),
  pull: z.int().nonnegative(),
  amr: z.array(z.string()),
  secondFactorAt: timestamp.optional().meta({ description: "When a second factor was last proven in it" }),
};
/** What an answered challenge says that signs in. */
const provenAddress = z.object({
  email: personal(email),
  visitorId: userId.optional(),
  chosenPasswordHash: sealed(z.string()).optional().meta({
    description: "What was chosen when it was asked for. Absent: nothing, or another registration has crossed this one",
  }),
  chosenIsShort: z.boolean().optional(),
});

export const token = {
  issue: command({
    name: "token.issue",
    worker: "token",
    summary: "Signs an access token and makes the refresh token of the session's current generation.",
    input: z.object({
      userId,
      userKind,
      sessionId,
      ...tokenFacts,
      jti: accessTokenId.optional().meta({ description: "Absent from session workers of the release before" }),
      method: signInMethod.optional().meta({ description: "Absent from session workers of the release before" }),
      roles: roles.default([]),
      deviceId: deviceId.optional(),
    }),
    output: z.object({
      tokens: sealed(tokenSet),
      deviceToken: sealed(z.string()).optional().meta({ description: "Shows later that the device is known" }),
    }),
    events: [],
    problems: [],
  }),
  rotateKeys: command({
    name: "token.rotateKeys",
    worker: "token",
    summary: "Makes the next signing key before it is due; it signs once every verifier can know it.",
    input: z.object({ by: operatorName }),
    output: z.object({ kid: keyId, activeFrom: timestamp }),
    events: ["signingKey.made", "operator.acted"],
    problems: [],
  }),
  removeKey: command({
    name: "token.removeKey",
    worker: "token",
    summary: "Takes a signing key out of service; when none is left to sign, the next is made at once.",
    input: z.object({ kid: keyId, by: operatorName }),
    output: z.object({ removedAt: timestamp }),
    events: ["signingKey.removed", "operator.acted"],
    problems: ["key_not_found"],
  }),
  replaceKeys: command({
    name: "token.replaceKeys",
    worker: "token",
    summary: "Takes every signing key out of service; the next is made at once.",
    input: z.object({ by: operatorName }),
    output: z.object({ kid: keyId }),
    events: ["signingKey.made", "signingKey.removed"],
    problems: [],
  }),
  noteRegistration: command({
    name: "token.noteRegistration",
    worker: "token",
    summary:
      "Lists a registration with its address, before its password is hashed: until it can no longer be answered, no password of another counts.",
    input: z.object({ email: personal(email) }),
    output: z.object({}),
    events: [],
    problems: [],
  }),
  createChallenge: command({
    name: "token.createChallenge",
    worker: "token",
    summary: "Makes an e-mail challenge: a code and, for a magic link, a link. Only their keyed hashes are kept.",
    input: z.object({
      email: personal(email),
      challengeKind,
      redirectTo: z.url().optional(),
      visitorId: userId.optional().meta({ description: "The visitor whom the sign-in continues" }),
      userId: userId.optional().meta({ description: "Whose address is to change" }),
      sessionId: sessionId.optional().meta({ description: "The session that asks for it" }),
      passwordHash: sealed(z.string()).optional().meta({ description: "Waits for this proof" }),
      isShort: z.boolean().optional(),
    }),
    output: z.object({
      challengeId,
      code: sealed(z.string())
        .optional()
        .meta({ description: "Absent when somebody else mails the code, or the challenge has none" }),
      codeExpiresAt: timestamp.optional(),
      link: sealed(z.string()).optional(),
      linkExpiresAt: timestamp.optional(),
    }),
    events: ["challenge.created"],
    problems: [],
  }),
  consumeMagicLink: command({
    name: "token.consumeMagicLink",
    worker: "token",
    summary: "Spends a challenge by its link. Exactly one operation ever does, by link or code.",
    input: z.object({ token: sealed(z.string()) }),
    output: provenAddress,
    events: ["challenge.consumed"],
    problems: ["magic_link_invalid", "magic_link_expired", "token_already_used"],
  }),
  verifyEmailCode: command({
    name: "token.verifyEmailCode",
    worker: "token",
    summary: "Spends a challenge by its code. A guess is counted before it is compared.",
    input: z.object({ challengeId, code: sealed(z.string()) }),
    output: provenAddress,
    events: ["challenge.consumed", "challenge.guessFailed"],
    problems: ["otp_invalid", "otp_expired", "otp_attempts_exceeded", "token_already_used"],
  }),
  consumePasswordReset: command({
    name: "token.consumePasswordReset",
    worker: "token",
    summary:
      "Spends a challenge that lets its address choose a password, by its link. Exactly one operation ever does.",
    input: z.object({ token: sealed(z.string()) }),
    output: z.object({ email: personal(email), linkAskedAt: timestamp }),
    events: ["challenge.consumed"],
    problems: ["magic_link_invalid", "magic_link_expired", "token_already_used"],
  }),
  consumeEmailChange: command({
    name: "token.consumeEmailChange",
    worker: "token",
    summary: "Spends a challenge that gives an account its address, by its link. Exactly one operation ever does.",
    input: z.object({ token: sealed(z.string()) }),
    output: z.object({ userId, email: personal(email) }),
    events: ["challenge.consumed"],
    problems: ["magic_link_invalid", "magic_link_expired", "token_already_used"],
  }),
};

export const notification = {
  sendSignInMail: command({
    name: "notification.sendSignInMail",
    worker: "notification",
    summary: "Mails a challenge's link and code, under one Message-ID however often it is tried.",
    input: z.object({
      email: personal(email),
      locale,
      challengeKind,
      code: sealed(z.string()).optional(),
      codeExpiresAt: timestamp.optional(),
      link: sealed(z.string()).optional(),
      linkExpiresAt: timestamp.optional(),
    }),
    output: z.object({}),
    events: ["mail.sent", "mail.rejected", "mail.expired"],
    problems: [],
  }),
};

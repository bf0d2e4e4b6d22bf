import { z } from "zod";
import { command } from "./command.ts";
import { tokenSet } from "./http/schemas.ts";
import { personal, sealed } from "./secrecy.ts";
import {
  challengeId,
  challengeKind,
  email,
  locale,
  revocationReason,
  sessionId,
  signInMethod,
  timestamp,
  userId,
  userKind,
} from "./shapes.ts";

export const identity = {
  createAnonymousUser: command({
    name: "identity.createAnonymousUser",
    worker: "identity",
    summary: "Makes a visitor: a user without name, address or password.",
    input: z.object({}),
    output: z.object({ userId, userKind }),
    events: ["user.created"],
    problems: [],
  }),
  ensureUser: command({
    name: "identity.ensureUser",
    worker: "identity",
    summary: "Finds the account of a proven address, or makes it: one for an address, however many ask at once.",
    input: z.object({ email: personal(email) }),
    output: z.object({ userId, userKind }),
    events: ["user.created"],
    problems: [],
  }),
};

export const session = {
  open: command({
    name: "session.open",
    worker: "session",
    summary: "Opens a session for a user who has just proven who they are.",
    input: z.object({ userId, userKind, method: signInMethod }),
    output: z.object({
      sessionId,
      openedAt: timestamp,
      expiresAt: timestamp,
      generation: z.int().positive(),
      pull: z.int().nonnegative(),
      amr: z.array(z.string()),
    }),
    events: ["session.opened"],
    problems: [],
  }),
  rotate: command({
    name: "session.rotate",
    worker: "session",
    summary: "Moves a session to its next generation, or tells the current one; a reused generation ends the session.",
    input: z.object({ userId, sessionId, presentedGeneration: z.int().positive() }),
    output: z.object({
      userKind,
      openedAt: timestamp,
      expiresAt: timestamp,
      generation: z.int().positive(),
      pull: z.int().nonnegative(),
      amr: z.array(z.string()),
    }),
    events: ["session.refreshReuseDetected", "session.revoked"],
    problems: ["refresh_token_invalid", "refresh_token_reused"],
  }),
  revoke: command({
    name: "session.revoke",
    worker: "session",
    summary: "Ends a session before its time, in its item and in the revocation log.",
    input: z.object({ userId, sessionId, reason: revocationReason }),
    output: z.object({ revokedAt: timestamp }),
    events: ["session.revoked"],
    problems: [],
  }),
  touch: command({
    name: "session.touch",
    worker: "session",
    summary: "Slides a session's expiry because it was used; at most once a minute.",
    input: z.object({ userId, sessionId }),
    output: z.object({}),
    events: [],
    problems: [],
  }),
};

export const token = {
  issue: command({
    name: "token.issue",
    worker: "token",
    summary: "Signs an access token and makes the refresh token of the session's current generation.",
    input: z.object({
      userId,
      userKind,
      sessionId,
      openedAt: timestamp,
      expiresAt: timestamp,
      generation: z.int().positive(),
      pull: z.int().nonnegative(),
      amr: z.array(z.string()),
    }),
    output: z.object({ tokens: sealed(tokenSet) }),
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
    }),
    output: z.object({
      challengeId,
      code: sealed(z.string()).optional().meta({ description: "Absent when somebody else mails the code" }),
      codeExpiresAt: timestamp,
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
    output: z.object({ email: personal(email) }),
    events: ["challenge.consumed"],
    problems: ["magic_link_invalid", "magic_link_expired", "token_already_used"],
  }),
  verifyEmailCode: command({
    name: "token.verifyEmailCode",
    worker: "token",
    summary: "Spends a challenge by its code. A guess is counted before it is compared.",
    input: z.object({ challengeId, code: sealed(z.string()) }),
    output: z.object({ email: personal(email) }),
    events: ["challenge.consumed", "challenge.guessFailed"],
    problems: ["otp_invalid", "otp_expired", "otp_attempts_exceeded", "token_already_used"],
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
      code: sealed(z.string()).optional(),
      codeExpiresAt: timestamp,
      link: sealed(z.string()).optional(),
      linkExpiresAt: timestamp.optional(),
    }),
    output: z.object({}),
    events: ["mail.sent", "mail.rejected", "mail.expired"],
    problems: [],
  }),
};

/** Every command there is, by worker. */
export const commands = { identity, session, token, notification };

export const allCommands = Object.values(commands).flatMap((group) => Object.values(group));

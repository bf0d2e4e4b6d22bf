import { z } from "zod";
import { command } from "./command.ts";
import { tokenSet } from "./http/schemas.ts";
import { sealed } from "./secrecy.ts";
import { revocationReason, sessionId, signInMethod, timestamp, userId, userKind } from "./shapes.ts";

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
      generation: z.int().positive(),
      pull: z.int().nonnegative(),
      amr: z.array(z.string()),
    }),
    output: z.object({ tokens: sealed(tokenSet) }),
    events: [],
    problems: [],
  }),
};

/** Every command there is, by worker. */
export const commands = { identity, session, token };

export const allCommands = Object.values(commands).flatMap((group) => Object.values(group));

import { z } from "zod";
import { command } from "./command.ts";
import { tokenSet } from "./http/schemas.ts";
import { sealed } from "./secrecy.ts";
import { sessionId, signInMethod, timestamp, userId, userKind } from "./shapes.ts";

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

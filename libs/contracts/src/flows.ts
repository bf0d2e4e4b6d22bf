import { z } from "zod";
import { identity, session, token } from "./commands.ts";
import { flow } from "./flow.ts";
import { authResult } from "./http/schemas.ts";
import { sessionId, userId } from "./shapes.ts";

export const createAnonymousSession = flow({
  name: "createAnonymousSession",
  version: 1,
  summary: "A visitor without an account gets a user, a session and tokens.",
  input: z.object({}),
})
  .step(identity.createAnonymousUser)
  .step(session.open, { method: "anonymous" })
  .step(token.issue)
  .answers(authResult, (done) => ({
    user: { id: done.userId, kind: done.userKind },
    session: { id: done.sessionId, createdAt: done.openedAt, expiresAt: done.expiresAt },
    tokens: done.tokens,
  }));

export const refreshSession = flow({
  name: "refreshSession",
  version: 1,
  summary: "A refresh token is exchanged for the tokens of the session's current generation.",
  input: z.object({ userId, sessionId, presentedGeneration: z.int().positive() }),
})
  .step(session.rotate)
  .step(token.issue)
  .answers(authResult, (done) => ({
    user: { id: done.userId, kind: done.userKind },
    session: { id: done.sessionId, createdAt: done.openedAt, expiresAt: done.expiresAt },
    tokens: done.tokens,
  }));

export const logout = flow({
  name: "logout",
  version: 1,
  summary: "The caller's session ends now, on every gateway.",
  input: z.object({ userId, sessionId }),
})
  .step(session.revoke, { reason: "logout" })
  .answers(z.object({}), () => ({}));

/** Every flow there is, every version that may still be under way. */
export const allFlows = [createAnonymousSession, refreshSession, logout];

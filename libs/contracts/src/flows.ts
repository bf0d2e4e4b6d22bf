import { z } from "zod";
import { identity, session, token } from "./commands.ts";
import { flow } from "./flow.ts";
import { authResult } from "./http/schemas.ts";

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

/** Every flow there is, every version that may still be under way. */
export const allFlows = [createAnonymousSession];

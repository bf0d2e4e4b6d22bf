import { z } from "zod";
import { event } from "./event.ts";
import { revocationReason, sessionId, signInMethod, userId, userKind } from "./shapes.ts";

export const userCreated = event({
  type: "user.created",
  summary: "A user came to be: a visitor or an account.",
  data: z.object({ userId, userKind }),
});

export const sessionOpened = event({
  type: "session.opened",
  summary: "A session was opened.",
  data: z.object({ userId, userKind, sessionId, method: signInMethod }),
});

export const sessionRevoked = event({
  type: "session.revoked",
  summary: "A session was ended before its time.",
  data: z.object({ userId, sessionId, reason: revocationReason }),
});

export const sessionRefreshReuseDetected = event({
  type: "session.refreshReuseDetected",
  summary: "A refresh token came again after its successor had been in use: one of the two who hold it is a thief.",
  data: z.object({ userId, sessionId, presentedGeneration: z.int(), currentGeneration: z.int() }),
});

/** Every event there is. */
export const allEvents = [userCreated, sessionOpened, sessionRevoked, sessionRefreshReuseDetected];

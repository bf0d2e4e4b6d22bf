import { z } from "zod";
import { event } from "./event.ts";
import { sessionId, signInMethod, userId, userKind } from "./shapes.ts";

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

/** Every event there is. */
export const allEvents = [userCreated, sessionOpened];

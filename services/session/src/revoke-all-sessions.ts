import { commands, MOST_SESSIONS_TOLD } from "@lanyard/contracts";
import { again, done, type Handler, handle } from "@lanyard/messaging";
import { type EndAllSessionsDeps, endAllSessions } from "./end-all-sessions.ts";

/** Ends the sessions of a user who asks for that, and names them. */
export const revokeAllSessions = (deps: EndAllSessionsDeps): Handler =>
  handle(commands.session.revokeAll, async (run) => {
    const { operationId } = run;
    const { userId, exceptSessionId } = run.input;
    const { told, steps, next } = await endAllSessions(deps, run, run.input);
    if (next !== undefined) return again(next, told);
    const all = await deps.endings.laidDown({ userId, operationId, steps, most: MOST_SESSIONS_TOLD });
    return done({ endedSessionIds: all.filter((sessionId) => sessionId !== exceptSessionId) }, told);
  });

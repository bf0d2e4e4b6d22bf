import { commands, MOST_SESSIONS_TOLD, type Occurrence } from "@lanyard/contracts";
import { again, done, type Handler, handle } from "@lanyard/messaging";
import { z } from "zod";
import { type EndSessionDeps, endSession } from "./end-session.ts";
import type { SessionEndings } from "./session-endings.ts";

export interface RevokeAllSessionsDeps extends EndSessionDeps {
  readonly endings: SessionEndings;
}

const cursor = z.object({ step: z.int().positive(), after: z.string() });

/**
 * Ends the sessions of a user, a bounded number in each step. What a step ends is laid down before it ends any: a message
 * that comes again, at once or hours later, ends the same sessions and tells the same events, and none that was opened since.
 * Sessions are listed after the request was received, so each that stood then is among them.
 */
export const revokeAllSessions = (deps: RevokeAllSessionsDeps): Handler =>
  handle(commands.session.revokeAll, async (run) => {
    const { operationId, writtenBy } = run;
    const { userId, exceptSessionId, reason } = run.input;
    const { step, after } = run.cursor === undefined ? { step: 0, after: undefined } : cursor.parse(run.cursor);
    const { sessionIds, next } = await deps.endings.layDown(
      { userId, operationId, step },
      { after, now: deps.brokerNow(), writtenBy },
    );

    const told: Occurrence[] = [];
    for (const sessionId of sessionIds) {
      if (sessionId === exceptSessionId) continue;
      const own = `${writtenBy}/${sessionId}`;
      const end = await endSession(deps, { userId, sessionId, reason, operationId, writtenBy: own });
      if (end.kind === "ended") told.push(...end.events);
    }
    if (next !== undefined) return again({ step: step + 1, after: next }, told);
    const all = await deps.endings.laidDown({ userId, operationId, steps: step + 1, most: MOST_SESSIONS_TOLD });
    return done({ endedSessionIds: all.filter((sessionId) => sessionId !== exceptSessionId) }, told);
  });

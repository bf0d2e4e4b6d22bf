import type { Occurrence, RevocationReason } from "@lanyard/contracts";
import type { CommandRun } from "@lanyard/messaging";
import { z } from "zod";
import { type EndSessionDeps, endSession } from "./end-session.ts";
import type { SessionEndings } from "./session-endings.ts";

export interface EndAllSessionsDeps extends EndSessionDeps {
  readonly endings: SessionEndings;
}

/** What a step has ended, and where the next one goes on. */
export interface EndedSessions {
  readonly told: readonly Occurrence[];
  /** How many steps there have been. */
  readonly steps: number;
  /** `undefined`: there is no next step. */
  readonly next: z.output<typeof cursor> | undefined;
}

const cursor = z.object({ step: z.int().positive(), after: z.string() });

/**
 * Ends the sessions of a user, a bounded number in each step. What a step ends is laid down before it ends any: a message
 * that comes again, at once or hours later, ends the same sessions and tells the same events, and none that was opened since.
 * Sessions are listed after the request was received, so each that stood then is among them.
 */
export async function endAllSessions(
  deps: EndAllSessionsDeps,
  run: Pick<CommandRun<unknown>, "operationId" | "writtenBy" | "cursor">,
  of: {
    readonly userId: string;
    readonly reason: RevocationReason;
    /** One that lives on. Default: none. */
    readonly exceptSessionId?: string | undefined;
    /** Nobody opens another. Default: false. */
    readonly isLast?: boolean;
  },
): Promise<EndedSessions> {
  const { operationId, writtenBy } = run;
  const { userId, reason, exceptSessionId, isLast = false } = of;
  const { step, after } = run.cursor === undefined ? { step: 0, after: undefined } : cursor.parse(run.cursor);
  const { sessionIds, next } = await deps.endings.layDown(
    { userId, operationId, step },
    { after, now: deps.brokerNow(), writtenBy, isLast },
  );

  const told: Occurrence[] = [];
  for (const sessionId of sessionIds) {
    if (sessionId === exceptSessionId) continue;
    const own = `${writtenBy}/${sessionId}`;
    const end = await endSession(deps, { userId, sessionId, reason, operationId, writtenBy: own });
    if (end.kind === "ended") told.push(...end.events);
  }
  return { told, steps: step + 1, next: next === undefined ? undefined : { step: step + 1, after: next } };
}

import { commands, type Occurrence } from "@lanyard/contracts";
import { again, type CommandRun, done, type Handler, handle } from "@lanyard/messaging";
import type { z } from "zod";
import type { DeviceStore } from "../devices/device-store.ts";
import { type EndAllSessionsDeps, endAllSessions } from "../end-all-sessions.ts";
import { endSession } from "../end-session.ts";
import type { SessionStore } from "../session-store.ts";

export interface EndReportedDeps extends EndAllSessionsDeps {
  readonly sessions: Pick<SessionStore, "load" | "change">;
  readonly devices: Pick<DeviceStore, "forget">;
}

const reason = "reported_by_user";

/**
 * Ends a session that was reported, in item and log, also when it had ended otherwise, and forgets its device; then all
 * others, if that is wanted, a bounded number in each step. By now its password opens nothing: a session that it opened
 * before is among them, or stands without tokens.
 */
export const endReported = (deps: EndReportedDeps): Handler =>
  handle(commands.session.endReported, async (run) => {
    const { userId, sessionId, others } = run.input;
    // What comes after the first step has been told what the first did.
    const first = run.cursor === undefined ? await endFirst(deps, run) : [];
    if (!others) return done({}, first);
    const { told, next } = await endAllSessions(deps, run, { userId, reason, exceptSessionId: sessionId });
    const ends = [...first, ...told];
    return next === undefined ? done({}, ends) : again(next, ends);
  });

/** The session itself. One that left no tombstone has been over for days: there is nothing left to end. */
async function endFirst(
  deps: EndReportedDeps,
  { input, operationId, writtenBy }: CommandRun<z.output<typeof commands.session.endReported.input>>,
): Promise<readonly Occurrence[]> {
  const { userId, sessionId, reportedAt: at } = input;
  const session = await deps.sessions.load(input);
  const own = `${writtenBy}/${sessionId}`;
  const end = await endSession(deps, { userId, sessionId, operationId, reason, writtenBy: own });
  if (session?.deviceId !== undefined) {
    const { deviceId, client } = session;
    await deps.devices.forget({ userId, deviceId, country: client?.country, at }, { writtenBy });
  }
  return end.kind === "ended" ? end.events : [];
}

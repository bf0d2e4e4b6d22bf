import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { SessionStore } from "./session-store.ts";
import type { SessionLifetimes } from "./sessions/lifetimes.ts";
import { newSession } from "./sessions/new-session.ts";

/**
 * Opens a session. Only this operation can derive this id: an item that stands there, in whatever state, is the session
 * it opened, and a repeat reports it without reviving it.
 */
export const openSession = ({ sessions, lifetimes, now }: OpenSessionDeps): Handler =>
  handle(commands.session.open, async (run) => {
    const opened = await sessions.open(
      newSession({ ...run.input, sessionId: run.deriveUuid("session"), now: now(), lifetimes }),
      { writtenBy: run.writtenBy },
    );
    const { sessionId, userId, userKind, method, openedAt, expiresAt, generation, pull, amr } = opened;
    return done({ sessionId, openedAt, expiresAt, generation, pull, amr }, [
      occurred(events.sessionOpened, openedAt, { userId, userKind, sessionId, method }),
    ]);
  });

interface OpenSessionDeps {
  readonly sessions: SessionStore;
  readonly lifetimes: SessionLifetimes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

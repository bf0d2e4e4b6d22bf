import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { ClientFacts } from "./client-facts.ts";
import type { SessionStore } from "./session-store.ts";
import type { SessionLifetimes } from "./sessions/lifetimes.ts";
import { newSession } from "./sessions/new-session.ts";

/**
 * Opens a session. Only this operation can derive this id: an item that stands there, in whatever state, is the session
 * it opened, and a repeat reports it without reviving it.
 */
export const openSession = ({ sessions, lifetimes, clientFacts, now }: OpenSessionDeps): Handler =>
  handle(commands.session.open, async (run) => {
    // The same on a repeat, also when the session has been refreshed since: it is this operation's token.
    const jti = run.deriveUuid("access-token");
    const client = clientFacts(run.client);
    const opened = await sessions.open(
      newSession({ ...run.input, sessionId: run.deriveUuid("session"), jti, client, now: now(), lifetimes }),
      { writtenBy: run.writtenBy },
    );
    const { sessionId, userId, userKind, method, openedAt, expiresAt, generation, pull, amr } = opened;
    return done({ sessionId, openedAt, expiresAt, generation, pull, amr, jti }, [
      occurred(events.sessionOpened, openedAt, { userId, userKind, sessionId, method }),
    ]);
  });

interface OpenSessionDeps {
  readonly sessions: SessionStore;
  readonly lifetimes: SessionLifetimes;
  readonly clientFacts: ClientFacts;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

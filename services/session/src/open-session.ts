import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { ClientFacts } from "./client-facts.ts";
import { endsFor, type Place, type RosterDeps, takePlace } from "./roster/take-place.ts";
import type { SessionPulls } from "./session-pulls.ts";
import type { SessionStore } from "./session-store.ts";
import { newSession } from "./sessions/new-session.ts";

/**
 * Opens a session. Only this operation can derive this id: an item that stands there, in whatever state, is the session
 * it opened, and a repeat reports it without reviving it. An account's gets a place on the roster before.
 */
export const openSession = (deps: OpenSessionDeps): Handler =>
  handle(commands.session.open, async (run) => {
    const { sessions, pulls, lifetimes, clientFacts, now } = deps;
    // The same on a repeat, also when the session has been refreshed since: it is this operation's token.
    const jti = run.deriveUuid("access-token");
    const client = clientFacts(run.client);
    const { newest } = await pulls.inForce();
    const { operationId, writtenBy } = run;
    const opening = { ...run.input, sessionId: run.deriveUuid("session"), pull: newest, operationId, writtenBy };
    const { replaces, ends } = run.input.userKind === "account" ? await takePlace(deps, opening) : NOWHERE;
    const session = newSession({ ...opening, jti, client, replaces, now: now(), lifetimes });
    const opened = await sessions.open(session, { writtenBy });
    const { sessionId, userId, userKind, method, openedAt, expiresAt, generation, pull, amr } = opened;
    return done({ sessionId, openedAt, expiresAt, generation, pull, amr, jti, method }, [
      occurred(events.sessionOpened, openedAt, { userId, userKind, sessionId, method }),
      ...(await endsFor(deps, opening, opened, ends)).flatMap((end) => (end.kind === "ended" ? end.events : [])),
    ]);
  });

const NOWHERE: Place = { replaces: [], ends: new Map() };

interface OpenSessionDeps extends RosterDeps {
  readonly sessions: SessionStore;
  readonly pulls: SessionPulls;
  readonly clientFacts: ClientFacts;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

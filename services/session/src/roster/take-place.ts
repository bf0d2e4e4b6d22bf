import { ContentionExceeded, type Stored, type WriteOutcome } from "@lanyard/storage";
import { type EndSessionDeps, endSession, type SessionEnd } from "../end-session.ts";
import type { Session, SessionStore } from "../session-store.ts";
import type { SessionLifetimes } from "../sessions/lifetimes.ts";
import { type Applicant, decideAdmission } from "./decide-admission.ts";
import type { Roster, RosterEntry, RosterStore } from "./roster-store.ts";
import { unopenedSession } from "./unopened-session.ts";

export interface RosterDeps extends EndSessionDeps {
  readonly sessions: Pick<SessionStore, "load" | "change">;
  readonly rosters: RosterStore;
  /** How many sessions of an account may be live. */
  readonly sessionLimit: number;
  readonly lifetimes: SessionLifetimes;
}

/** The opening of one session of an account. */
export interface Opening extends Applicant {
  readonly userId: string;
  readonly writtenBy: string;
  /** The newest pull that was read. */
  readonly pull: number;
}

export interface Place {
  /** Who had to end for it; to be kept in its item. */
  readonly replaces: readonly string[];
  /** How those ended that this run has ended, by session. */
  readonly ends: ReadonlyMap<string, SessionEnd>;
}

/** Each race lost is another's sign-in to the same account: more than anybody has at once. */
const MOST_RACES = 1000;

/**
 * Gets a session its place among the live ones of its account; only then its item may be written.
 *
 * Never more than `limit` are live, at no moment and wherever any run stops: take the live ones, and of them Z, whose run read
 * or wrote its roster last before writing the item. The others stood on that roster: whoever gets an item was put there first
 * and is taken off only when it can never live again. None was marked as evicted there, since all that were had ended
 * before Z's item was written (one without an item gets a revoked one, which its own opening will find), and what has
 * ended stays so. The unmarked are `limit` at most. Ended means item and log: a mark goes only with both, so whoever comes next
 * makes up for a run that stopped between them. What was marked for Z is kept with Z, first on the roster and then in its
 * item, so each repeat tells of the same ends.
 */
export async function takePlace(deps: RosterDeps, opening: Opening): Promise<Place> {
  const ends = new Map<string, SessionEnd>();
  const roster = await admit(deps, opening);
  if (roster === undefined) return { replaces: [], ends };

  await clear(deps, opening, roster, ends);
  const own = roster.value.entries.find(({ sessionId }) => sessionId === opening.sessionId);
  return { replaces: own?.replaces ?? [], ends };
}

/** Ends all that were marked on a roster and takes them off, unless others do. */
async function clear(
  deps: RosterDeps,
  opening: Opening,
  roster: Stored<Roster>,
  ends: Map<string, SessionEnd>,
): Promise<void> {
  const { userId, operationId, writtenBy, pull } = opening;
  const marked = new Set(roster.value.entries.filter(isMarked).map(({ sessionId }) => sessionId));
  const isMine = (entry: RosterEntry): boolean => isMarked(entry) && marked.has(entry.sessionId);
  let standing: Stored<Roster> | undefined = roster;
  for (let races = 0; races < MOST_RACES; races += 1) {
    const left: readonly RosterEntry[] = (standing?.value.entries ?? []).filter(isMine);
    // One's own first: others see to theirs meanwhile.
    const entry = left.find(({ evictedBy }) => evictedBy === operationId) ?? left[0];
    if (standing === undefined || entry === undefined) return;
    const { sessionId, evictedBy = operationId } = entry;
    if (!ends.has(sessionId)) {
      const unopened = unopenedSession({ userId, entry, pull, lifetimes: deps.lifetimes });
      ends.set(sessionId, await end(deps, opening, { sessionId, operationId: evictedBy, unopened }));
    }
    const entries = standing.value.entries.filter((each) => !(isMine(each) && ends.has(each.sessionId)));
    const outcome: WriteOutcome<Roster> = await deps.rosters.write(
      userId,
      standing,
      { entries },
      { writtenBy: `${writtenBy}/clear` },
    );
    standing = outcome.stored;
  }
  throw new ContentionExceeded(MOST_RACES);
}

const isMarked = ({ evictedBy }: RosterEntry): boolean => evictedBy !== undefined;

/** How each session ended that had to end for this one: of all of them a repeat says the same again. */
export async function endsFor(
  deps: EndSessionDeps,
  opening: Opening,
  { replaces = [] }: Pick<Session, "replaces">,
  known: Place["ends"],
): Promise<readonly SessionEnd[]> {
  const ends: SessionEnd[] = [];
  for (const sessionId of replaces) {
    const { operationId } = opening;
    ends.push(known.get(sessionId) ?? (await end(deps, opening, { sessionId, operationId })));
  }
  return ends;
}

const end = (
  deps: EndSessionDeps,
  { userId, writtenBy }: Opening,
  ending: { readonly sessionId: string; readonly operationId: string; readonly unopened?: Session },
): Promise<SessionEnd> =>
  endSession(deps, { ...ending, userId, reason: "session_limit", writtenBy: `${writtenBy}/${ending.sessionId}` });

/** The roster that it stands on or, when its item stands, may have stood on. */
async function admit(
  { rosters, sessions, sessionLimit: limit, brokerNow }: RosterDeps,
  opening: Opening,
): Promise<Stored<Roster> | undefined> {
  const { userId, writtenBy } = opening;
  const seen = new Map<string, Session | undefined>();
  let standing = await rosters.load(userId);
  for (let races = 0; races < MOST_RACES; ) {
    const decision = decideAdmission(standing?.value.entries ?? [], opening, { limit, now: brokerNow(), seen });
    switch (decision.kind) {
      case "admitted":
        return standing;
      case "opened":
        // Read after its item was: what was marked for it is marked here, unless it has ended and been taken off.
        return rosters.load(userId);
      case "look":
        await Promise.all(decision.at.map(async (id) => seen.set(id, await sessions.load({ userId, sessionId: id }))));
        break;
      case "admit": {
        const next = { entries: decision.entries };
        const outcome = await rosters.write(userId, standing, next, { writtenBy: `${writtenBy}/admit` });
        if (outcome.kind !== "lost") return outcome.stored;
        standing = outcome.stored;
        races += 1;
        // What was seen before this roster stood says nothing of who is on it: any of them, and a copy of this run, may
        // have come, ended and gone since.
        seen.clear();
      }
    }
  }
  throw new ContentionExceeded(MOST_RACES);
}

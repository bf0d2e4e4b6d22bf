import type { Session } from "../session-store.ts";
import type { RosterEntry } from "./roster-store.ts";

/** A session that wants to be opened. */
export interface Applicant {
  readonly sessionId: string;
  readonly method: Session["method"];
  readonly operationId: string;
}

export type AdmissionDecision =
  /** It is on the roster, by an earlier run. */
  | { readonly kind: "admitted" }
  /** Its item stands, in whatever state: it needs no place any more, and nobody has to go for it. */
  | { readonly kind: "opened" }
  /** The roster is full, so these have to be looked at first. */
  | { readonly kind: "look"; readonly at: readonly string[] }
  | { readonly kind: "admit"; readonly entries: RosterEntry[] };

const HOUR_MS = 3600_000;
/** No message of an operation is carried out as long after it began: what has no item by then never gets one. */
const OPENING_MS = 25 * HOUR_MS;
/** A use that came in time may still be on its way to an item that has expired, but not for as long. */
const SLIDING_MS = HOUR_MS;

/**
 * Whether a session gets a place on the roster of its account, and who has to go for it: the oldest by admission, as many as
 * needed. `seen` is what was found at the sessions looked at; one whose item does not stand yet counts as alive, since its
 * opening is under way. `now` is in milliseconds since the epoch, on the broker's time.
 */
export function decideAdmission(
  entries: readonly RosterEntry[],
  { sessionId, method, operationId }: Applicant,
  {
    limit,
    now,
    seen,
  }: { readonly limit: number; readonly now: number; readonly seen: ReadonlyMap<string, Session | undefined> },
): AdmissionDecision {
  if (entries.some((entry) => entry.sessionId === sessionId)) return { kind: "admitted" };
  const own: RosterEntry = { sessionId, method, admittedAt: new Date(now).toISOString() };
  const holders = entries.filter(({ evictedBy }) => evictedBy === undefined);
  if (holders.length < limit) return { kind: "admit", entries: [...entries, own] };

  const at = [...holders.map((holder) => holder.sessionId), sessionId].filter((id) => !seen.has(id));
  if (at.length > 0) return { kind: "look", at };
  if (seen.get(sessionId) !== undefined) return { kind: "opened" };
  const states = new Map(holders.map((entry) => [entry.sessionId, stateOf(entry, seen.get(entry.sessionId), now)]));
  const idsThatAre = (state: HolderState): readonly string[] =>
    holders.map((holder) => holder.sessionId).filter((id) => states.get(id) === state);
  const alive = idsThatAre("alive");
  const replaces = [...idsThatAre("expired"), ...alive.slice(0, Math.max(0, alive.length - limit + 1))];
  return {
    kind: "admit",
    entries: [
      ...entries
        .filter((entry) => states.get(entry.sessionId) !== "over")
        .map((entry) => (replaces.includes(entry.sessionId) ? { ...entry, evictedBy: operationId } : entry)),
      replaces.length === 0 ? own : { ...own, replaces },
    ],
  };
}

/** `over`: for ever. `expired`: nobody is let in by it, but a use on its way could bring it back, so it has to be ended. */
type HolderState = "alive" | "expired" | "over";

function stateOf({ admittedAt }: RosterEntry, session: Session | undefined, now: number): HolderState {
  if (session === undefined) return Date.parse(admittedAt) + OPENING_MS <= now ? "over" : "alive";
  if (session.revoked !== undefined) return "over";
  const expiredFor = now - Date.parse(session.expiresAt);
  if (expiredFor < 0) return "alive";
  return expiredFor < SLIDING_MS ? "expired" : "over";
}

import { type Evidence, type Invariant, lastStates, type SessionState, stateOf } from "./evidence.ts";
import { voidSince } from "./pull-evidence.ts";
import type { Write } from "./world.ts";

interface Entry {
  readonly sessionId: string;
  readonly admittedAt: string;
  readonly evictedBy?: string;
}

/** No message of an operation is carried out as long after it began. */
const OPENING_MS = 25 * 3_600_000;

/** What an auditor knows of accounts while reading the writes of the session table one after the other. */
class Accounts {
  readonly #evidence: Evidence;
  readonly #sessions = new Map<string, SessionState>();
  readonly #revokedAt = new Map<string, number>();
  readonly #ofUser = new Map<string, Set<string>>();
  readonly rosters = new Map<string, readonly Entry[]>();
  readonly logged = new Set<string>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  read({ key, value, at }: Write): void {
    if (key.sk === "roster") this.rosters.set(key.pk, value["entries"] as unknown as readonly Entry[]);
    else if (key.sk.startsWith("entry#")) this.logged.add(String(value["sessionId"]));
    else if (key.sk.startsWith("session#")) {
      const session = value as unknown as SessionState;
      const { sessionId, revoked } = session;
      this.#sessions.set(sessionId, session);
      this.#ofUser.set(key.pk, (this.#ofUser.get(key.pk) ?? new Set()).add(sessionId));
      if (revoked !== undefined && !this.#revokedAt.has(sessionId)) this.#revokedAt.set(sessionId, at);
    }
  }

  live(pk: string, at: number): readonly string[] {
    return [...(this.#ofUser.get(pk) ?? [])].filter((sessionId) => !this.isDead({ sessionId }, at));
  }

  /** Whether nobody could be let in by it any more at `at`, by what has been read so far. */
  isDead({ sessionId, admittedAt = "" }: Partial<Entry> & Pick<Entry, "sessionId">, at: number): boolean {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return Date.parse(admittedAt) + OPENING_MS <= at;
    const revokedAt = this.#revokedAt.get(sessionId) ?? Number.POSITIVE_INFINITY;
    return revokedAt <= at || voidSince(this.#evidence, session) <= at || this.hasExpired({ sessionId }, at);
  }

  hasExpired({ sessionId }: Pick<Entry, "sessionId">, at: number): boolean {
    return Date.parse(this.#sessions.get(sessionId)?.expiresAt ?? "") <= at;
  }
}

/** Reads every write that can concern a roster, and asks about each, before it counts. */
function inOrder(evidence: Evidence, ask: (write: Write, accounts: Accounts) => readonly string[]): readonly string[] {
  const accounts = new Accounts(evidence);
  return evidence.world.writes.flatMap((write) => {
    if (write.table !== "session") return [];
    const found = ask(write, accounts);
    accounts.read(write);
    return found;
  });
}

const entriesOf = ({ value }: Write): readonly Entry[] => value["entries"] as unknown as readonly Entry[];
const isMarked = ({ evictedBy }: Entry): boolean => evictedBy !== undefined;

/** Who is marked to go by this write, as they stood on the roster before. */
function newlyMarked(before: readonly Entry[], after: readonly Entry[]): readonly Entry[] {
  const marked = new Map(after.flatMap((entry) => (isMarked(entry) ? [[entry.sessionId, entry] as const] : [])));
  return before.filter((entry) => !isMarked(entry) && marked.has(entry.sessionId));
}

/** What is true of accounts with a limit of sessions. */
export const rosterInvariants: readonly Invariant[] = [
  {
    name: "an account never has more live sessions than the limit",
    violations(evidence) {
      const accounts = new Accounts(evidence);
      const { sessionLimit: limit, writes } = evidence.world;
      return writes.flatMap((write) => {
        if (write.table !== "session") return [];
        accounts.read(write);
        if (!write.key.sk.startsWith("session#") || stateOf(write).userKind !== "account") return [];
        const live = accounts.live(write.key.pk, write.at).length;
        return live > limit ? [`${write.key.pk} had ${live} live sessions at ${write.at}`] : [];
      });
    },
  },
  {
    name: "nobody has to end while there is room, and the oldest goes first",
    violations: (evidence) =>
      inOrder(evidence, (write, accounts) => {
        if (write.key.sk !== "roster") return [];
        const before = accounts.rosters.get(write.key.pk) ?? [];
        const after = entriesOf(write);
        const marked = newlyMarked(before, after);
        const operationId = after.find(({ sessionId }) => sessionId === marked[0]?.sessionId)?.evictedBy;
        if (operationId === undefined) return [];
        const holders = before.filter((entry) => !isMarked(entry));
        // Whoever looked did so between its beginning and this write: what had died by then it knew, what lives now it saw.
        const since = evidence.world.openingSince.get(operationId) ?? 0;
        const mayHaveLived = holders.filter((entry) => !accounts.isDead(entry, since)).length;
        const livesNow = (entry: Entry): boolean => !accounts.isDead(entry, write.at);
        const tooMany = Math.max(0, mayHaveLived - evidence.world.sessionLimit + 1);
        const found: string[] = [];
        // Who has just expired is marked as well: a use that is under way could bring it back.
        const ended = marked.filter((entry) => !accounts.hasExpired(entry, write.at));
        if (ended.length > tooMany)
          found.push(`${operationId} ended ${ended.length} of ${mayHaveLived} at most that lived in ${write.key.pk}`);
        const last = ended.filter(livesNow).at(-1);
        const passedOver = holders.filter(
          (entry, index) =>
            last !== undefined && index < holders.indexOf(last) && livesNow(entry) && !marked.includes(entry),
        );
        return [...found, ...passedOver.map(({ sessionId }) => `${operationId} passed over ${sessionId}`)];
      }),
  },
  {
    name: "nobody leaves a roster who could still live, and whoever had to end has done so in item and log",
    violations: (evidence) =>
      inOrder(evidence, (write, accounts) => {
        if (write.key.sk !== "roster") return [];
        const after = new Set(entriesOf(write).map(({ sessionId }) => sessionId));
        return (accounts.rosters.get(write.key.pk) ?? []).flatMap((entry) => {
          if (after.has(entry.sessionId)) return [];
          const hasEnded =
            accounts.isDead(entry, write.at) && (!isMarked(entry) || accounts.logged.has(entry.sessionId));
          return hasEnded ? [] : [`${entry.sessionId} left its roster by ${write.writtenBy}`];
        });
      }),
  },
  {
    name: "a roster has no more places than the limit, each live session of its account has one",
    violations(evidence) {
      const accounts = new Accounts(evidence);
      const { sessionLimit: limit, writes, time } = evidence.world;
      const found = writes.flatMap((write) => {
        if (write.table !== "session") return [];
        accounts.read(write);
        if (write.key.sk !== "roster") return [];
        const entries = entriesOf(write);
        const holders = entries.filter((entry) => !isMarked(entry)).length;
        const different = new Set(entries.map(({ sessionId }) => sessionId)).size;
        return [
          ...(holders > limit ? [`${write.key.pk} has ${holders} places`] : []),
          ...(different < entries.length ? [`${write.key.pk} has somebody on it twice`] : []),
        ];
      });
      for (const [pk, entries] of accounts.rosters) {
        const admitted = new Set(entries.map(({ sessionId }) => sessionId));
        for (const sessionId of accounts.live(pk, time.now()))
          if (!admitted.has(sessionId)) found.push(`${sessionId} lives, and is on no roster`);
      }
      return found;
    },
  },
  {
    name: "whoever ended by the limit is a tombstone, stands in the log and is told of as such",
    violations(evidence) {
      const over = [...lastStates(evidence).values()].filter(({ revoked }) => revoked?.reason === "session_limit");
      if (over.length === 0) return [];
      const logged = new Set(
        evidence.world.writes.flatMap(({ key, value }) =>
          key.sk.startsWith("entry#") && value["reason"] === "session_limit" ? [String(value["sessionId"])] : [],
        ),
      );
      const told = new Set(
        evidence.world.broker.published("events").flatMap(({ attributes, body }) => {
          if (attributes["type"] !== "session.revoked") return [];
          const { data, operationid } = JSON.parse(body) as {
            data: { sessionId: string; reason: string };
            operationid: string;
          };
          return data.reason === "session_limit" ? [`${data.sessionId} ${operationid}`] : [];
        }),
      );
      return over.flatMap(({ sessionId, revoked }) => {
        const operationId = revoked?.operationId ?? "";
        if (evidence.world.overdue.has(operationId)) return [];
        return [
          ...(logged.has(sessionId) ? [] : [`${sessionId} is in no log`]),
          ...(told.has(`${sessionId} ${operationId}`) ? [] : [`${sessionId} was not told of by whom it ended for`]),
        ];
      });
    },
  },
];

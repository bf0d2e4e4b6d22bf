import { rosterItem } from "@lanyard/contracts";
import type { Handler } from "@lanyard/messaging";
import { type ItemStore, memoryItemStore, type Stored, type WriteOutcome } from "@lanyard/storage";
import { deviceStore } from "../devices/device-store.ts";
import { offlineClientFacts } from "../offline-client-facts.ts";
import { openSession } from "../open-session.ts";
import { revocationLog } from "../revocation-log.ts";
import { revokeSession } from "../revoke-session.ts";
import { type RosterEntry, rosterStore } from "../roster/roster-store.ts";
import { sessionPulls } from "../session-pulls.ts";
import { type Session, sessionStore } from "../session-store.ts";
import { at, lifetimes, operation, runOnce, sessionIdOf, userId } from "./sessions-under-test.ts";

type Result = Awaited<ReturnType<Handler["run"]>>;

/** Whoever asks goes on when chance says so, and is told whether its process stops here. */
export interface Chance {
  /** Resolves when it is this call's turn. */
  turn(label: string): Promise<void>;
  /** Whether the run stops after the write that it has just made. */
  stops(): boolean;
}

/** Its process is gone; the message comes again. */
class Stopped extends Error {}

/**
 * One account whose sign-ins run over a table on which every call waits for its turn, as the real handlers in as many
 * processes. What may never be is looked for after every single write.
 */
export function scheduledAccount({
  turn,
  stops,
  limit,
  opening = openSession,
}: Chance & { readonly limit: number; readonly opening?: typeof openSession }) {
  const memory = memoryItemStore();
  const breaches = new Set<string>();
  /** In the order in which they came on the roster first. */
  const admitted: string[] = [];
  const results = new Map<string, Result[]>();
  const sessions = new Map<string, Session>();
  const logged = new Set<string>();
  const everLive = new Set<string>();
  const evictions: { readonly sessionId: string; readonly by: string }[] = [];
  const rosterKey = rosterItem.key(userId).sk;
  let calls = 0;
  let writes = 0;
  let roster: readonly RosterEntry[] = [];
  const now = (): number => Date.parse(at(0)) + calls;
  const isAlive = (session: Session | undefined): boolean =>
    session !== undefined && session.revoked === undefined && Date.parse(session.expiresAt) > now();

  function afterSession(session: Session): void {
    sessions.set(session.sessionId, session);
    if (isAlive(session)) everLive.add(session.sessionId);
    const all = [...everLive].map((sessionId) => sessions.get(sessionId));
    const live = all.filter(isAlive).length;
    // Gateways go by the log.
    const letIn = all.filter(
      (each) => isAlive(each) || (each?.revoked?.reason === "session_limit" && !logged.has(each.sessionId)),
    ).length;
    if (live > limit) breaches.add(`${live} live`);
    if (letIn > limit) breaches.add(`${letIn} let in`);
  }

  function afterRoster(next: readonly RosterEntry[], seen: ReadonlyMap<string, Session | undefined>): void {
    const was = new Map(roster.map((entry) => [entry.sessionId, entry]));
    const marked = next.filter(({ sessionId, evictedBy }) => evictedBy && was.get(sessionId)?.evictedBy === undefined);
    for (const { sessionId, evictedBy } of marked) evictions.push({ sessionId, by: evictedBy ?? "" });
    const came = next.filter(({ sessionId }) => !was.has(sessionId)).map(({ sessionId }) => sessionId);
    for (const sessionId of came) if (!admitted.includes(sessionId)) admitted.push(sessionId);
    const holders = roster.filter(({ evictedBy }) => evictedBy === undefined).map(({ sessionId }) => sessionId);
    const unseen = holders.filter((sessionId) => !seen.has(sessionId));
    const foundAlive = holders.filter((sessionId) => !seen.get(sessionId) || isAlive(seen.get(sessionId)));
    if (marked.length > 0 && unseen.length > 0) breaches.add("evicted without looking");
    if (marked.length > Math.max(0, foundAlive.length - limit + 1))
      breaches.add(`evicted with ${foundAlive.length} alive`);
    if (marked.some(({ sessionId }, index) => sessionId !== foundAlive[index])) breaches.add("evicted not the oldest");
    if (marked.length > 0 && came.some((sessionId) => seen.get(sessionId))) breaches.add("evicted for what was open");
    if (next.filter(({ evictedBy }) => evictedBy === undefined).length > limit) breaches.add("too many places");
    roster = next;
  }

  /** The table as one run has it. */
  function tableOf(run: string): ItemStore {
    const seen = new Map<string, Session | undefined>();
    const written = async <T>(outcome: WriteOutcome<T>): Promise<WriteOutcome<T>> => {
      if (outcome.stored?.key.sk === rosterKey && outcome.kind === "lost") seen.clear();
      if (outcome.kind === "won") {
        writes += 1;
        const { key, value } = outcome.stored as Stored<unknown>;
        if (key.sk === rosterKey) afterRoster((value as { entries: RosterEntry[] }).entries, seen);
        if (key.sk.startsWith("session#")) afterSession(value as Session);
        if (key.sk.startsWith("entry#")) logged.add((value as { sessionId: string }).sessionId);
      }
      if (stops()) throw new Stopped();
      return outcome;
    };
    const call = async <T>(label: string, effect: () => Promise<T>): Promise<T> => {
      await turn(`${run} ${label}`);
      calls += 1;
      return effect();
    };
    return {
      ...memory,
      load: (key) =>
        call(`load ${key.sk}`, async () => {
          const stored = await memory.load(key);
          // Only what was seen since the roster was read counts.
          if (key.sk === rosterKey) seen.clear();
          if (key.sk.startsWith("session#"))
            seen.set(key.sk.slice("session#".length), stored?.value as Session | undefined);
          return stored;
        }),
      putIfAbsent: (key, value, options) =>
        call(`put ${key.sk}`, async () => written(await memory.putIfAbsent(key, value, options))),
      replace: (current, value, options) =>
        call(`replace ${current.key.sk}`, async () => written(await memory.replace(current, value, options))),
    };
  }

  /** Carries a message out, again after each stop. */
  async function deliver(count: number, label: string, handlerOver: (table: ItemStore) => Handler, input: object) {
    for (;;) {
      await turn(`deliver ${label}`);
      try {
        return await runOnce(handlerOver(tableOf(label)), count, input);
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
      }
    }
  }

  const storesOver = (table: ItemStore) => ({
    // Pulls are another matter: they are read without waiting.
    sessions: sessionStore(table, sessionPulls(memory)),
    revocations: revocationLog(table),
    brokerNow: now,
  });

  return {
    memory,
    breaches,
    admitted,
    evictions,
    sessions,
    logged,
    roster: (): readonly RosterEntry[] => roster,
    writes: () => writes,
    /** What each run that came to its end has answered, by session. */
    results: (count: number): readonly Result[] => results.get(sessionIdOf(count)) ?? [],
    live: (): readonly string[] => admitted.filter((sessionId) => isAlive(sessions.get(sessionId))),
    /** One delivery of the sign-in with this number. */
    async signIn(count: number, copy = 0): Promise<Result> {
      const result = await deliver(
        count,
        `sign-in ${count}/${copy}`,
        (table) =>
          opening({
            ...storesOver(table),
            ...{ pulls: sessionPulls(memory), rosters: rosterStore(table), sessionLimit: limit, lifetimes, now },
            // What devices an account has is another matter too.
            devices: deviceStore(memory),
            clientFacts: offlineClientFacts({ countryOf: () => undefined }),
          }),
        { userKind: "account", method: "magic_link" },
      );
      results.set(sessionIdOf(count), [...(results.get(sessionIdOf(count)) ?? []), result]);
      return result;
    },
    /** The user of a sign-in logs out, as operation `count` plus a thousand. */
    logOut: (count: number): Promise<Result> =>
      deliver(count + 1000, `log-out ${count}`, (table) => revokeSession(storesOver(table)), {
        sessionId: sessionIdOf(count),
        reason: "logout",
      }),
    /** Who has told of an eviction: operations by session. */
    told(): ReadonlyMap<string, ReadonlySet<string>> {
      const told = new Map<string, Set<string>>();
      for (const [of, each] of results) {
        for (const { data } of each.flatMap(({ events }) => events.filter(({ type }) => type === "session.revoked"))) {
          const evictee = String(data["sessionId"]);
          told.set(evictee, (told.get(evictee) ?? new Set()).add(of));
        }
      }
      return told;
    },
  };
}

/** No stops, and every call at once. */
export const noChance: Chance = { turn: async () => {}, stops: () => false };

export const sessionOf = (operationId: string): string =>
  sessionIdOf(Number([...Array(2000).keys()].find((count) => operation(count) === operationId)));

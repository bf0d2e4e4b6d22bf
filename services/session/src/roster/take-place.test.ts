import { describe, expect, it } from "@jest/globals";
import { pullHeadItem, pullItem, rosterItem, sessionItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { deviceStore } from "../devices/device-store.ts";
import { offlineClientFacts } from "../offline-client-facts.ts";
import { openSession } from "../open-session.ts";
import { revocationLog } from "../revocation-log.ts";
import { revokeSession } from "../revoke-session.ts";
import { rotateSession } from "../rotate-session.ts";
import { sessionPulls } from "../session-pulls.ts";
import { sessionStore } from "../session-store.ts";
import { at, lifetimes, operation, runOnce, sessionIdOf, userId } from "../testing/sessions-under-test.ts";
import { rosterStore } from "./roster-store.ts";

const HOUR = 3600_000;
const MINUTE = 60_000;

/** An account with its table; time passes when a test says so. */
function account({ limit = 3, table = memoryItemStore() }: { limit?: number; table?: MemoryItemStore } = {}) {
  const state = { now: Date.parse(at(0)), limit, calls: [] as string[] };
  const now = (): number => state.now;
  const noting = (): ItemStore => {
    const note = (call: string, sk: string): void => void state.calls.push(`${call} ${sk.replace(/#.*/, "")}`);
    return {
      ...table,
      load: (key) => (note("load", key.sk), table.load(key)),
      putIfAbsent: (key, value, options) => (note("put", key.sk), table.putIfAbsent(key, value, options)),
      replace: (current, value, options) => (note("replace", current.key.sk), table.replace(current, value, options)),
    };
  };
  const over = (store: ItemStore) => ({
    ...{ sessions: sessionStore(store, sessionPulls(table)), pulls: sessionPulls(table) },
    ...{ revocations: revocationLog(store), rosters: rosterStore(store), lifetimes, now, brokerNow: now },
  });
  const handlers = (store: ItemStore) => ({
    open: openSession({
      ...over(store),
      // What devices an account has is another matter.
      devices: deviceStore(table),
      sessionLimit: state.limit,
      clientFacts: offlineClientFacts({ countryOf: () => undefined }),
    }),
    logOut: revokeSession(over(store)),
  });
  const session = async (count: number) =>
    (await typedItems(table, sessionItem).load(userId, sessionIdOf(count)))?.value;
  return {
    table,
    state,
    over,
    session,
    /** Opens a session, over the table or one that does what a test wants. */
    signIn: (count: number, store = noting(), userKind = "account") =>
      runOnce(handlers(store).open, count, { userKind, method: userKind === "account" ? "magic_link" : "anonymous" }),
    logOut: (count: number) =>
      runOnce(handlers(table).logOut, count + 1000, { sessionId: sessionIdOf(count), reason: "logout" }),
    roster: async () =>
      (await typedItems(table, rosterItem).load(userId))?.value.entries.map(({ sessionId, evictedBy }) =>
        [Number(sessionId.slice(-3)), ...(evictedBy === undefined ? [] : ["marked"])].join(" "),
      ),
    ends: async (...counts: number[]) =>
      Promise.all(counts.map(async (count) => (await session(count))?.revoked?.reason ?? "lives")),
  };
}

const isSession = ({ sk }: { readonly sk: string }, count: number): boolean => sk === `session#${sessionIdOf(count)}`;
class Stopped extends Error {}

describe("a sign-in to an account with room", () => {
  it("costs a look at the roster and an entry in it", async () => {
    const { signIn, state } = account();
    await signIn(1);
    expect(state.calls).toEqual(["load roster", "put roster", "put session"]);
    state.calls = [];
    await signIn(2);
    expect(state.calls).toEqual(["load roster", "replace roster", "put session"]);
  });

  it("is all there is for a visitor, who has no limit", async () => {
    const { signIn, state, ends } = account({ limit: 1 });
    for (const count of [1, 2, 3]) await signIn(count, undefined, "anonymous");
    expect(state.calls).toEqual(["put session", "put session", "put session"]);
    expect(await ends(1, 2, 3)).toEqual(["lives", "lives", "lives"]);
  });
});

describe("a sign-in to an account without room", () => {
  it("ends the oldest in item and log, tells of it, and says the same when its message comes again", async () => {
    const { signIn, ends, roster, table } = account();
    for (const count of [1, 2, 3]) await signIn(count);
    const first = await signIn(4);

    expect(first).toMatchObject({
      kind: "done",
      events: [
        { type: "session.opened", data: { sessionId: sessionIdOf(4) } },
        { type: "session.revoked", data: { userId, sessionId: sessionIdOf(1), reason: "session_limit" } },
      ],
    });
    expect(await ends(1, 2, 3, 4)).toEqual(["session_limit", "lives", "lives", "lives"]);
    expect(await roster()).toEqual(["2", "3", "4"]);
    expect(table.dump().filter(({ value }) => value["reason"] === "session_limit")).toMatchObject([
      { value: { sessionId: sessionIdOf(1) } },
    ]);
    expect(await signIn(4)).toEqual(first);
    expect(await ends(2, 3, 4)).toEqual(["lives", "lives", "lives"]);
  });

  it("ends nobody when one has logged out", async () => {
    const { signIn, logOut, ends, roster } = account();
    for (const count of [1, 2, 3]) await signIn(count);
    await logOut(2);
    await signIn(4);
    expect(await ends(1, 3, 4)).toEqual(["lives", "lives", "lives"]);
    expect(await roster()).toEqual(["1", "3", "4"]);
  });

  it("ends nobody when a pull of the andon cord has voided one", async () => {
    const { signIn, ends, roster, table } = account();
    for (const count of [1, 2]) await signIn(count);
    await typedItems(table, pullItem).putIfAbsent(
      { number: 1, revocationId: crypto.randomUUID(), scope: { kind: "user", userId }, at: at(0) },
      [1],
      { writtenBy: operation(99) },
    );
    await typedItems(table, pullHeadItem).putIfAbsent({ last: 1 }, [], { writtenBy: operation(99) });
    for (const count of [3, 4, 5]) await signIn(count);
    expect(await roster()).toEqual(["3", "4", "5"]);
    expect(await ends(1, 2)).toEqual(["lives", "lives"]);
  });

  it("ends as many as needed after the limit was lowered", async () => {
    const { signIn, state, ends, roster } = account({ limit: 10 });
    for (let count = 1; count <= 10; count += 1) await signIn(count);
    state.limit = 3;
    const result = await signIn(11);

    expect(await roster()).toEqual(["9", "10", "11"]);
    expect(await ends(1, 2, 3, 4, 5, 6, 7, 8)).toEqual(Array(8).fill("session_limit"));
    expect(await ends(9, 10, 11)).toEqual(["lives", "lives", "lives"]);
    expect(result.events).toHaveLength(9);
  });

  it("ends one that has just expired: a use that came in time cannot bring it back beside ten others", async () => {
    const { signIn, over, table, state, ends, roster } = account();
    await signIn(1);
    state.now += 2 * HOUR - MINUTE;
    for (const count of [2, 3]) await signIn(count);
    const [isWriting, mayWrite] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow: ItemStore = {
      ...table,
      async replace(current, value, options) {
        isWriting.resolve();
        await mayWrite.promise;
        return table.replace(current, value, options);
      },
    };
    const asked = state.now;
    const generous = { ...lifetimes, accountMaxSeconds: 30 * 24 * 3600 };
    const refreshing = runOnce(rotateSession({ ...over(slow), lifetimes: generous, brokerNow: () => asked }), 7, {
      ...{ sessionId: sessionIdOf(1), presentedGeneration: 1 },
    });
    await isWriting.promise;
    state.now += MINUTE;
    await signIn(4);
    mayWrite.resolve();

    expect(await refreshing).toMatchObject({ kind: "problem", code: "refresh_token_invalid" });
    expect(await ends(1, 2, 3, 4)).toEqual(["session_limit", "lives", "lives", "lives"]);
    expect(await roster()).toEqual(["2", "3", "4"]);
  });
});

describe("a session whose opening stops before its item is written", () => {
  const stopsAt = (table: MemoryItemStore, count: number): ItemStore => ({
    ...table,
    async putIfAbsent(key, value, options) {
      if (isSession(key, count)) throw new Stopped();
      return table.putIfAbsent(key, value, options);
    },
  });

  it("counts as alive, and when its turn comes has an ended item that its opening reports", async () => {
    const { signIn, table, session, ends, roster } = account();
    await expect(signIn(1, stopsAt(table, 1))).rejects.toThrow(Stopped);
    for (const count of [2, 3]) await signIn(count);
    const fourth = await signIn(4);

    expect(fourth.events).toMatchObject([{}, { data: { sessionId: sessionIdOf(1), reason: "session_limit" } }]);
    expect(await session(1)).toEqual({
      ...{ sessionId: sessionIdOf(1), userId, userKind: "account", method: "magic_link", amr: ["email"] },
      ...{ openedAt: at(0), expiresAt: at(2 * HOUR), generation: 1, pull: 0, rotations: [] },
      revoked: { at: at(0), reason: "session_limit", operationId: operation(4) },
    });
    expect(await signIn(1)).toMatchObject({ kind: "done", events: [{ type: "session.opened" }] });
    expect(await ends(1, 2, 3, 4)).toEqual(["session_limit", "lives", "lives", "lives"]);
    expect(await signIn(5)).toMatchObject({ events: [{}, { data: { sessionId: sessionIdOf(2) } }] });
    expect(await roster()).toEqual(["3", "4", "5"]);
  });

  it("gives its place away without anybody's end when it has not come back for 25 hours", async () => {
    const { signIn, table, state, roster, ends } = account({ limit: 2 });
    await expect(signIn(1, stopsAt(table, 1))).rejects.toThrow(Stopped);
    state.now += 24 * HOUR;
    await signIn(2);
    state.now += HOUR;
    expect((await signIn(3)).events).toHaveLength(1);
    expect(await roster()).toEqual(["2", "3"]);
    expect(await ends(2, 3)).toEqual(["lives", "lives"]);
  });

  it("tells whom it replaced also when it has itself been ended by then, by whoever came next", async () => {
    const { signIn, table, ends } = account({ limit: 1 });
    await signIn(1);
    await expect(signIn(2, stopsAt(table, 2))).rejects.toThrow(Stopped);
    const third = await signIn(3);
    expect(third.events).toMatchObject([{}, { data: { sessionId: sessionIdOf(2) } }]);
    expect((await signIn(2)).events).toMatchObject([{}, { data: { sessionId: sessionIdOf(1) } }]);
    expect(await ends(1, 2, 3)).toEqual(["session_limit", "session_limit", "lives"]);
  });

  it("is ended by a copy that finds its own item standing, though the run that marked it has not come so far", async () => {
    const { signIn, table, ends } = account({ limit: 1 });
    await expect(signIn(1, stopsAt(table, 1))).rejects.toThrow(Stopped);
    const [isLooking, mayLook] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow: ItemStore = {
      ...table,
      async load(key) {
        if (isSession(key, 2)) {
          isLooking.resolve();
          await mayLook.promise;
        }
        return table.load(key);
      },
    };
    const copy = signIn(2, slow);
    await isLooking.promise;
    for (const count of [2, 3]) await expect(signIn(count, stopsAt(table, 1))).rejects.toThrow(Stopped);
    expect(await ends(2)).toEqual(["session_limit"]);
    mayLook.resolve();

    expect((await copy).events).toMatchObject([{}, { data: { sessionId: sessionIdOf(1), reason: "session_limit" } }]);
    expect(await ends(1)).toEqual(["session_limit"]);
  });
});

describe("a sign-in whose message comes again late", () => {
  it("ends nobody when its own session has ended and left the roster", async () => {
    const { signIn, logOut, ends, roster } = account();
    for (const count of [1, 2, 3]) await signIn(count);
    await logOut(1);
    await signIn(4);
    expect((await signIn(1)).events).toHaveLength(1);
    expect(await roster()).toEqual(["2", "3", "4"]);
    expect(await ends(2, 3, 4)).toEqual(["lives", "lives", "lives"]);
  });

  it("tells of the one it replaced, though both have left the roster", async () => {
    const { signIn, logOut, roster } = account({ limit: 2 });
    for (const count of [1, 2]) await signIn(count);
    const first = await signIn(3);
    await logOut(3);
    await signIn(4);
    expect(await roster()).toEqual(["2", "4"]);
    expect((await signIn(3)).events).toEqual(first.events);
  });
});

describe("a sign-in that stops after it has ended a session's item", () => {
  it("leaves the log to the next, which has no session written before", async () => {
    const { signIn, table, roster } = account({ limit: 1 });
    await signIn(1);
    const logless: ItemStore = {
      ...table,
      putIfAbsent: (key, value, options) =>
        key.sk.startsWith("entry#") ? Promise.reject(new Stopped()) : table.putIfAbsent(key, value, options),
    };
    await expect(signIn(2, logless)).rejects.toThrow(Stopped);
    expect(await roster()).toEqual(["1 marked", "2"]);
    await expect(signIn(3, logless)).rejects.toThrow(Stopped);
    await signIn(3);
    const logged = table.dump().flatMap(({ key, value }) => (key.sk.startsWith("entry#") ? [value["sessionId"]] : []));
    expect(logged.toSorted()).toEqual([1, 2].map(sessionIdOf));
    expect(await roster()).toEqual(["3"]);
  });
});

import { describe, expect, it } from "@jest/globals";
import { type RevocationScope, sessionItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { deviceStore } from "./devices/device-store.ts";
import { offlineClientFacts } from "./offline-client-facts.ts";
import { openSession } from "./open-session.ts";
import { revocationLog } from "./revocation-log.ts";
import { revokeAllSessions } from "./revoke-all-sessions.ts";
import { revokeOwnSession } from "./revoke-own-session.ts";
import { revokeSession } from "./revoke-session.ts";
import { rosterStore } from "./roster/roster-store.ts";
import { rotateSession } from "./rotate-session.ts";
import { sessionEndings } from "./session-endings.ts";
import { sessionPulls } from "./session-pulls.ts";
import { sessionStore } from "./session-store.ts";
import { pullOnce, revocationIdOf, sweepAll } from "./testing/pulls-under-test.ts";
import {
  at,
  brokerNow,
  lifetimes,
  operation,
  runOnce,
  session,
  sessionIdOf,
  tableWith,
  userId,
} from "./testing/sessions-under-test.ts";
import { touchSession } from "./touch-session.ts";

const MINUTE = 60_000;
const id = { userId, sessionId: sessionIdOf(1) };
/** Shown of a session that pull 1 has voided: made of the pull alone, so that everybody shows the same. */
const voided = (number = 1, at_ = at(0)) => ({
  at: at_,
  reason: "operator",
  operationId: `op_${revocationIdOf(number).replaceAll("-", "")}${String(number).padStart(22, "0")}`,
});

/** A worker of its own, as it is started. */
function workerOver(table: ItemStore, now = 0) {
  const pulls = sessionPulls(table);
  const sessions = sessionStore(table, pulls);
  const deps = {
    ...{ pulls, sessions, lifetimes, revocations: revocationLog(table), endings: sessionEndings(table, pulls) },
    ...{
      rosters: rosterStore(table),
      devices: deviceStore(table),
      sessionLimit: 10,
      clientFacts: offlineClientFacts({ countryOf: () => undefined }),
    },
    ...{ now: () => brokerNow() + now, brokerNow: () => brokerNow() + now },
  };
  const one = { sessionId: sessionIdOf(1) };
  return {
    sessions,
    open: (count: number) => runOnce(openSession(deps), count, { userKind: "account", method: "magic_link" }),
    rotate: (count: number, presentedGeneration = 1) =>
      runOnce(rotateSession(deps), count, { ...one, presentedGeneration }),
    touch: (count: number) => runOnce(touchSession(deps), count, one),
    logout: (count: number) => runOnce(revokeSession(deps), count, { ...one, reason: "logout" }),
    revokeOwn: (count: number) => runOnce(revokeOwnSession(deps), count, { ...one, reason: "revoked_by_user" }),
    revokeAll: (count: number) => runOnce(revokeAllSessions(deps), count, { reason: "revoked_by_user" }),
  };
}
const standing = async (table: ItemStore, count = 1) =>
  (await typedItems(table, sessionItem).load(userId, sessionIdOf(count)))?.value;
const loggedIn = (table: MemoryItemStore) =>
  table
    .dump()
    .filter(({ key }) => key.sk.startsWith("entry#"))
    .map(({ value }) => value["sessionId"]);

describe("a session that is opened", () => {
  it("is stamped with the newest pull that stood when it was asked for, and lives", async () => {
    const table = memoryItemStore();
    const worker = workerOver(table);
    expect(await worker.open(1)).toMatchObject({ kind: "done", output: { pull: 0 } });
    for (const number of [1, 2]) await pullOnce(table, 100 + number);
    // The same worker, which has read before there was a pull.
    expect(await worker.open(2)).toMatchObject({ kind: "done", output: { pull: 2 } });

    expect(await standing(table, 2)).toMatchObject({ pull: 2 });
    expect((await worker.sessions.load({ userId, sessionId: sessionIdOf(2) }))?.revoked).toBeUndefined();
    expect((await worker.sessions.load(id))?.revoked).toBeDefined();
  });

  it("is void when a pull comes between its reading and its writing", async () => {
    const table = memoryItemStore();
    const between: ItemStore = {
      ...table,
      async putIfAbsent(key, ...args) {
        if (key.sk.startsWith("session#")) await pullOnce(table, 100);
        return table.putIfAbsent(key, ...args);
      },
    };
    expect(await workerOver(between).open(1)).toMatchObject({ kind: "done", output: { pull: 0 } });

    expect(await workerOver(table).sessions.load(id)).toMatchObject({ pull: 0, revoked: { reason: "operator" } });
    expect(await workerOver(table).rotate(2)).toMatchObject({ kind: "problem" });
  });

  it("keeps its stamp when its message comes again after a pull: it is void, and no other comes of it", async () => {
    const table = memoryItemStore();
    const first = await workerOver(table).open(1);
    await pullOnce(table, 100);

    expect(await workerOver(table).open(1)).toEqual(first);
    expect(await workerOver(table).sessions.load(id)).toMatchObject({ pull: 0, revoked: { reason: "operator" } });
  });

  it("is not opened while the pulls cannot be read", async () => {
    const table = memoryItemStore();
    const deaf: ItemStore = {
      ...table,
      list: (pk, ...args) => (pk === "pulls" ? Promise.reject(new Error("down")) : table.list(pk, ...args)),
    };
    const worker = workerOver(deaf);

    await expect(worker.open(1)).rejects.toThrow("down");
    await expect(worker.rotate(1)).rejects.toThrow("down");
    await expect(worker.sessions.load(id)).rejects.toThrow("down");
    expect(table.dump()).toEqual([]);
  });
});

describe("a session that a pull has voided", () => {
  const prepare = async (scope: RevocationScope = { kind: "all" }) => {
    const table = await tableWith([session(1)]);
    const worker = workerOver(table);
    // It has read before.
    await worker.sessions.load(id);
    await pullOnce(table, 1, { scope });
    return { table, worker, before: table.dump() };
  };

  it("is shown as ended by an operator, to everybody alike, though its item does not say so", async () => {
    const { table, worker, before } = await prepare();

    expect(await worker.sessions.load(id)).toEqual({ ...session(1), revoked: voided() });
    expect(await workerOver(table).sessions.load(id)).toEqual({ ...session(1), revoked: voided() });
    expect(sessionItem.schema.safeParse(await worker.sessions.load(id)).success).toBe(true);
    expect(table.dump()).toEqual(before);
  });

  it.each<[string, (worker: ReturnType<typeof workerOver>) => Promise<unknown>, object]>([
    ["refreshed", ({ rotate }) => rotate(2), { kind: "problem", code: "refresh_token_invalid", extra: {}, events: [] }],
    ["touched", ({ touch }) => touch(2), { kind: "done", output: {}, events: [] }],
    ["picked", ({ revokeOwn }) => revokeOwn(2), { kind: "problem", code: "session_not_found", extra: {}, events: [] }],
  ])("is not %s: nothing is written, before the sweep and after", async (_, act, refused) => {
    const { table, worker, before } = await prepare();
    expect(await act(worker)).toEqual(refused);
    expect(table.dump()).toEqual(before);

    await sweepAll(table, 1);
    const swept = table.dump();
    expect(await act(worker)).toEqual(refused);
    expect(table.dump()).toEqual(swept);
  });

  it("is of no thief whose token is old: there is nothing left to steal", async () => {
    const rotations = [{ generation: 2, operationId: operation(9), at: at(-10 * MINUTE) }];
    const table = await tableWith([session(1, { generation: 2, rotations })]);
    await pullOnce(table, 1);
    const before = table.dump();

    expect(await workerOver(table).rotate(2)).toMatchObject({ code: "refresh_token_invalid", events: [] });
    expect(table.dump()).toEqual(before);
  });

  it("tells the refresh that came before the pull the same again, with the old stamp", async () => {
    const table = await tableWith([session(1)]);
    const first = await workerOver(table).rotate(2);
    expect(first).toMatchObject({ kind: "done", output: { generation: 2, pull: 0 } });
    await pullOnce(table, 1);

    expect(await workerOver(table).rotate(2)).toEqual(first);
    expect(await workerOver(table).rotate(3, 2)).toMatchObject({ code: "refresh_token_invalid" });
  });

  it("tells whoever had picked it before the pull the same again", async () => {
    const table = await tableWith([session(1)]);
    const first = await workerOver(table).revokeOwn(2);
    expect(first).toMatchObject({ kind: "done", events: [{ type: "session.revoked" }] });
    await pullOnce(table, 1);

    expect(await workerOver(table).revokeOwn(2)).toEqual(first);
    expect((await workerOver(table).sessions.load(id))?.revoked).toMatchObject({ reason: "revoked_by_user" });
  });

  it("has ended when its user signs out, by the pull and without another event", async () => {
    const { table, worker } = await prepare();

    expect(await worker.logout(2)).toEqual({ kind: "done", output: { revokedAt: at(0) }, events: [] });
    expect(await standing(table)).not.toHaveProperty("revoked");
  });

  it("is not named among the sessions that a user ends, and stands in no list of them", async () => {
    const table = await tableWith([session(1), session(2), session(3, { pull: 1 })]);
    await pullOnce(table, 1);

    expect(await workerOver(table).revokeAll(2)).toMatchObject({ output: { endedSessionIds: [sessionIdOf(3)] } });
    expect(loggedIn(table)).toEqual([sessionIdOf(3)]);
    expect(await standing(table, 1)).not.toHaveProperty("revoked");
  });

  it("is not named among them after the sweep either", async () => {
    const table = await tableWith([session(1), session(2, { pull: 1 })]);
    await pullOnce(table, 1);
    await sweepAll(table, 1);

    expect(await workerOver(table).revokeAll(2)).toMatchObject({ output: { endedSessionIds: [sessionIdOf(2)] } });
    expect(loggedIn(table)).toEqual([sessionIdOf(2)]);
  });

  it("stays void when a write wins the race against what decides on it", async () => {
    const table = await tableWith([session(1)]);
    await pullOnce(table, 1);
    const items = typedItems(table, sessionItem);
    let raced = false;
    const racing: ItemStore = {
      ...table,
      async load(key) {
        const stored = await table.load(key);
        if (key.sk.startsWith("session#") && !raced && stored !== undefined) {
          raced = true;
          const current = items.parse(stored);
          await items.replace(current, { ...current.value, lastSeenAt: at(0) }, { writtenBy: operation(9) });
        }
        return stored;
      },
    };

    expect(await workerOver(racing).rotate(2)).toMatchObject({ code: "refresh_token_invalid" });
    expect(await standing(table)).toMatchObject({ generation: 1, lastSeenAt: at(0) });
  });

  it("is decided on again as void after a lost race", async () => {
    const table = await tableWith([session(1)]);
    const pulls = sessionPulls(table);
    const items = typedItems(table, sessionItem);
    const seen: unknown[] = [];
    await pullOnce(table, 1);
    const racing: ItemStore = {
      ...table,
      async replace(...args) {
        const current = await items.load(userId, sessionIdOf(1));
        if (current?.version === 1) {
          await items.replace(current, { ...current.value, lastSeenAt: at(0) }, { writtenBy: operation(9) });
        }
        return table.replace(...args);
      },
    };
    await sessionStore(racing, pulls).change(id, operation(2), (current) => {
      seen.push(current?.revoked);
      return current === undefined || seen.length > 1 ? { kind: "keep" } : { kind: "write", next: session(1) };
    });

    expect(seen).toEqual([voided(), voided()]);
  });
});

describe("a session that a pull does not name", () => {
  it.each<[string, RevocationScope, object]>([
    ["is out of scope", { kind: "anonymous" }, {}],
    ["has read it", { kind: "all" }, { pull: 1 }],
  ])("is refreshed, touched and picked as ever when it %s", async (_, scope, given) => {
    const table = await tableWith([session(1, given)]);
    await pullOnce(table, 1, { scope });
    const worker = workerOver(table, MINUTE);

    expect((await worker.sessions.load(id))?.revoked).toBeUndefined();
    expect(await worker.touch(2)).toMatchObject({ kind: "done" });
    expect(await standing(table)).toHaveProperty("lastSeenAt");
    expect(await worker.rotate(3)).toMatchObject({ kind: "done", output: { generation: 2 } });
    expect(await worker.revokeOwn(4)).toMatchObject({ kind: "done", events: [{ type: "session.revoked" }] });
  });

  it("keeps its stamp when it is refreshed, so that a later pull which names it does not pass it by", async () => {
    const table = await tableWith([session(1)]);
    await pullOnce(table, 1, { scope: { kind: "anonymous" } });
    const worker = workerOver(table);
    expect(await worker.rotate(2)).toMatchObject({ kind: "done", output: { pull: 0 } });
    await pullOnce(table, 2, { scope: { kind: "accounts" } });

    expect(await worker.rotate(3, 2)).toMatchObject({ code: "refresh_token_invalid" });
    expect(await worker.sessions.load(id)).toMatchObject({ pull: 0, generation: 2, revoked: voided(2) });
  });
});

describe("no session", () => {
  it("is void", async () => {
    const table = memoryItemStore();
    await pullOnce(table, 1);

    expect(await workerOver(table).sessions.load(id)).toBeUndefined();
    expect(await workerOver(table).rotate(2)).toMatchObject({ code: "refresh_token_invalid" });
  });
});

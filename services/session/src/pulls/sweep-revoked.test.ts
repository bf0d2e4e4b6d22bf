import { describe, expect, it } from "@jest/globals";
import { type Json, type RevocationScope, rosterItem, sessionEndingItem, sessionItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, typedItems } from "@lanyard/storage";
import { revocationLog } from "../revocation-log.ts";
import type { Session } from "../session-store.ts";
import {
  many,
  mark,
  markedIn,
  pullOnce,
  revocationIdOf,
  revocationIn,
  sessionsIn,
  sweepAll,
  sweepStep,
  upTo,
  userOf,
} from "../testing/pulls-under-test.ts";
import { at, operation, session, sessionIdOf, tableWith, userId } from "../testing/sessions-under-test.ts";
import { dyingAt } from "../testing/troubled-table.ts";

const HOUR = 3600_000;
const otherUser = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7e";
const othersIn = (table: MemoryItemStore) =>
  table.dump().filter(({ key }) => !key.sk.startsWith("session#") && key.sk !== "revocation");

/** One of each sort that a scope may tell apart; those with an even number have read the pull before they were opened. */
const population: readonly Session[] = (["anonymous", "email_otp", "magic_link"] as const).flatMap((method, which) =>
  ["203.0.113.5", "198.51.100.1", undefined].flatMap((ip, where) =>
    [-HOUR, -1000, 0].flatMap((opened, when) =>
      [userId, otherUser].flatMap((user, whose) =>
        [0, 1].map((pull) =>
          session(1 + pull + 2 * (whose + 2 * (when + 3 * (where + 3 * which))), {
            userId: user,
            userKind: method === "anonymous" ? "anonymous" : "account",
            method,
            openedAt: at(opened),
            ...(ip !== undefined && { client: { ip } }),
            pull,
          }),
        ),
      ),
    ),
  ),
);

describe("the sweep of a pull", () => {
  it.each<[RevocationScope, (session: Session) => boolean]>([
    [{ kind: "all" }, () => true],
    [{ kind: "user", userId }, (each) => each.userId === userId],
    [{ kind: "anonymous" }, (each) => each.userKind === "anonymous"],
    [{ kind: "accounts" }, (each) => each.userKind === "account"],
    [{ kind: "method", method: "email_otp" }, (each) => each.method === "email_otp"],
    [{ kind: "openedBefore", at: at(-1000) }, (each) => each.openedAt === at(-HOUR)],
    [{ kind: "ipRange", cidr: "203.0.113.0/24" }, ({ client }) => client === undefined || client.ip === "203.0.113.5"],
  ])("marks exactly what it has voided, and nothing else: %j", async (scope, isNamed) => {
    const table = await tableWith(population);
    await pullOnce(table, 1, { scope });
    const before = sessionsIn(table);
    const { result } = await sweepAll(table, 1);

    const expected = before.map((each) => (each.pull === 0 && isNamed(each) ? { ...each, revoked: mark(1) } : each));
    expect(sessionsIn(table)).toEqual(expected);
    const marked = markedIn(table).length;
    expect(marked).toBeGreaterThan(0);
    expect({ ...result, events: result.events.slice(-1) }).toEqual({
      kind: "done",
      output: { matched: marked, swept: marked },
      events: [
        {
          type: "andon.swept",
          occurredAt: at(0),
          data: { revocationId: revocationIdOf(1), number: 1, matched: marked, swept: marked },
        },
      ],
    });
    expect((await revocationIn(table, 1))?.sweep).toMatchObject({ matched: marked, swept: marked, doneAt: at(0) });
  });

  it("touches nothing in the table but sessions", async () => {
    const table = await tableWith(population);
    const writtenBy = operation(9);
    const admitted = { entries: [{ sessionId: sessionIdOf(1), method: "magic_link" as const, admittedAt: at(0) }] };
    await typedItems(table, rosterItem).putIfAbsent(admitted, [userId], { writtenBy });
    const ending = { sessionIds: [sessionIdOf(1)] };
    await typedItems(table, sessionEndingItem).putIfAbsent(ending, [userId, operation(9), 0], { writtenBy });
    await revocationLog(table).append({ sessionId: sessionIdOf(9), reason: "logout", at: at(-5) }, { writtenBy });
    await table.putIfAbsent({ pk: "elsewhere#1", sk: "session#1" }, { is: "none" }, { writtenBy });
    await pullOnce(table, 1);
    const before = othersIn(table);
    expect(before.map(({ key }) => key.sk.split("#")[0])).toEqual(
      expect.arrayContaining(["roster", "ending", "entry", "head", "pull"]),
    );
    expect(await sweepAll(table, 1)).toMatchObject({ result: { kind: "done" } });

    expect(othersIn(table)).toEqual(before);
  });

  it("looks at one user's sessions alone when it is that user's", async () => {
    const table = await tableWith(upTo(230).map((each) => session(each)));
    await tableWith([session(999, { userId: otherUser })], table);
    await pullOnce(table, 1, { scope: { kind: "user", userId } });
    const { result } = await sweepAll({ ...table, scan: () => Promise.reject(new Error("scanned")) }, 1);

    expect(result).toMatchObject({ kind: "done", output: { matched: 230, swept: 230 } });
    expect(markedIn(table)).not.toContain(sessionIdOf(999));
  });

  it("goes through a thousand sessions in bounded steps, four marks at once", async () => {
    const table = await tableWith(many(1000));
    await pullOnce(table, 1);
    let atOnce = 0;
    let most = 0;
    const limits: unknown[] = [];
    const watched: ItemStore = {
      ...table,
      scan(options) {
        limits.push(options?.limit);
        return table.scan(options);
      },
      async replace(...args) {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        return table.replace(...args);
      },
    };
    const { steps, result } = await sweepAll(watched, 1);

    expect(result).toMatchObject({ kind: "done", output: { matched: 1000, swept: 1000 } });
    expect(markedIn(table)).toHaveLength(1000);
    expect(most).toBe(4);
    expect(steps).toBeGreaterThan(9);
    expect(limits).toEqual(limits.map(() => 100));
  });

  it("goes on over pages on which there is nothing", async () => {
    const table = await tableWith(many(5));
    await pullOnce(table, 1);
    let empty = 3;
    const sparse: ItemStore = {
      ...table,
      scan: async (options) => {
        if (options?.after !== undefined && options.after !== "nothing yet") return table.scan(options);
        empty -= 1;
        return empty > 0 ? { items: [], cursor: "nothing yet" } : table.scan();
      },
    };

    expect(await sweepAll(sparse, 1)).toMatchObject({ steps: 3, result: { output: { matched: 5, swept: 5 } } });
  });

  it("keeps a session's tombstone as long as before", async () => {
    const table = await tableWith(many(1));
    await pullOnce(table, 1);
    await sweepAll(table, 1);
    const deletable = Date.parse(at(HOUR)) / 1000 + 2 * 24 * 3600;

    expect(table.dump().find(({ key }) => key.sk.startsWith("session#"))).toMatchObject({
      ttlEpochSeconds: deletable,
    });
  });

  it("leaves and does not count what is over: the first end stays", async () => {
    const revoked = { at: at(-1000), reason: "logout", operationId: operation(9) } as const;
    const table = await tableWith([session(1, { revoked }), session(2, { expiresAt: at(0) }), session(3)]);
    await pullOnce(table, 1);
    const { result } = await sweepAll(table, 1);

    expect(result).toMatchObject({ output: { matched: 1, swept: 1 } });
    expect(markedIn(table)).toEqual([sessionIdOf(3)]);
  });

  it("leaves to one pull what another has swept", async () => {
    const table = await tableWith(many(3));
    await pullOnce(table, 1, { scope: { kind: "accounts" } });
    await sweepAll(table, 1);
    await pullOnce(table, 2);

    expect(await sweepAll(table, 2)).toMatchObject({ result: { output: { matched: 0, swept: 0 } } });
    expect(sessionsIn(table).map(({ revoked }) => revoked)).toEqual([mark(1), mark(1), mark(1)]);
  });

  it("counts what its user ended between page and mark, and leaves that end", async () => {
    const table = await tableWith(many(6));
    await pullOnce(table, 1);
    const revoked = { at: at(0), reason: "logout", operationId: operation(9) } as const;
    const racing: ItemStore = {
      ...table,
      async scan(options) {
        const page = await table.scan(options);
        const items = typedItems(table, sessionItem);
        const current = await items.load(userOf(4), sessionIdOf(4));
        if (current === undefined) throw new Error("no session");
        await items.replace(current, { ...current.value, revoked }, { writtenBy: operation(9) });
        return page;
      },
    };

    expect((await sweepAll(racing, 1)).result).toMatchObject({ output: { matched: 6, swept: 6 } });
    expect(sessionsIn(table).filter((each) => each.revoked?.reason === "logout")).toMatchObject([
      { sessionId: sessionIdOf(4), revoked },
    ]);
    expect(markedIn(table)).toHaveLength(5);
  });

  it("does not count as swept what has gone from the table between page and mark", async () => {
    const table = await tableWith(many(3));
    await pullOnce(table, 1);
    const racing: ItemStore = {
      ...table,
      async scan(options) {
        const page = await table.scan(options);
        const current = await table.load(sessionItem.key(userOf(2), sessionIdOf(2)));
        if (current !== undefined) await table.remove(current);
        return page;
      },
    };

    expect((await sweepAll(racing, 1)).result).toMatchObject({ output: { matched: 3, swept: 2 } });
    expect(markedIn(table)).toHaveLength(2);
  });

  it("tells of the sessions and of its end, and writes no entry of the log", async () => {
    const table = await tableWith(many(120));
    await pullOnce(table, 1);
    const told: unknown[] = [];
    let cursor: Json | undefined;
    for (;;) {
      const result = await sweepStep(table, 1, cursor === undefined ? {} : { cursor });
      told.push(...result.events.map(({ type }) => type));
      if (result.kind !== "again") break;
      cursor = result.cursor;
    }

    expect(new Set(told)).toEqual(new Set(["session.voided", "andon.swept"]));
    expect(table.dump().filter(({ key }) => key.sk.startsWith("entry#"))).toEqual([]);
  });

  it.each([
    ["nobody has asked for", async () => {}],
    [
      "is not in force yet",
      async (table: ItemStore) => void (await pullOnce(dyingAt(table, 3, "before"), 1).catch(() => {})),
    ],
  ])("of what %s fails, and marks nothing", async (_, prepare) => {
    const table = await tableWith(many(3));
    await prepare(table);

    await expect(sweepStep(table, 1)).rejects.toThrow("no such pull is in force");
    expect(markedIn(table)).toEqual([]);
  });
});

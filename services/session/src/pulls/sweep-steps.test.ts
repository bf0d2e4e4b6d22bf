import { describe, expect, it } from "@jest/globals";
import type { Json } from "@lanyard/contracts";
import { numbersFrom } from "@lanyard/messaging/testing";
import { type ItemStore, memoryItemStore } from "@lanyard/storage";
import { revocationLog } from "../revocation-log.ts";
import { revokeSession } from "../revoke-session.ts";
import { sessionPulls } from "../session-pulls.ts";
import { sessionStore } from "../session-store.ts";
import {
  many,
  mark,
  markedIn,
  pullOnce,
  revocationIn,
  sessionsIn,
  sweepAll,
  sweepStep,
  upTo,
} from "../testing/pulls-under-test.ts";
import { brokerNow, runOnce, session, sessionIdOf, tableWith } from "../testing/sessions-under-test.ts";
import { countWrites, dyingAt, slow } from "../testing/troubled-table.ts";

describe("a step of a sweep that comes again", () => {
  const swept = async () => {
    const table = await tableWith(many(330));
    await pullOnce(table, 1);
    return table;
  };

  it("sends the next one again while that is to come, and says nothing once it has been", async () => {
    const table = await swept();
    const results = [await sweepStep(table, 1)];
    expect(results[0]).toMatchObject({ kind: "again", cursor: { step: 1 } });
    expect(results[0]?.events.length).toBeGreaterThan(0);
    const before = table.dump();
    expect(await sweepStep(table, 1)).toEqual(results[0]);
    expect(table.dump()).toEqual(before);

    expect(await sweepStep(table, 1, { cursor: { step: 1 } })).toMatchObject({ kind: "again", cursor: { step: 2 } });
    const then = table.dump();
    expect(await sweepStep(table, 1)).toEqual({ kind: "superseded", events: [] });
    expect(table.dump()).toEqual(then);
  });

  it("says the same again when it was the last, whatever was opened since", async () => {
    const table = await swept();
    const { result, steps } = await sweepAll(table, 1);
    await tableWith([session(900)], table);
    const before = table.dump();
    const cursor = { step: steps - 1 };

    expect(await sweepStep(table, 1, { cursor, now: () => brokerNow() + 60_000 })).toEqual(result);
    expect(await sweepStep(table, 1, { cursor: { step: steps - 2 } })).toMatchObject({ kind: "superseded" });
    expect(table.dump()).toEqual(before);
  });

  it("is of the same sweep for another operation with the same id", async () => {
    const table = await swept();
    await pullOnce(table, 2, { id: 1 });
    await sweepStep(table, 1);
    await sweepStep(table, 2, { id: 1, cursor: { step: 1 } });
    const { result } = await sweepAll(table, 2, { id: 1 });

    expect(result).toEqual({ kind: "superseded", events: [] });
    expect((await revocationIn(table, 1))?.sweep).toMatchObject({ step: 2 });
    expect(sessionsIn(table).filter(({ revoked }) => revoked !== undefined)[0]?.revoked).toEqual(mark(1));
  });

  it("never comes before its turn", async () => {
    await expect(sweepStep(await swept(), 1, { cursor: { step: 1 } })).rejects.toThrow("before its turn");
  });

  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    "is counted once, carried out by two workers at once: seed %d",
    async (seed) => {
      const table = await tableWith(many(60));
      await pullOnce(table, 1);
      const first = await Promise.all([1, 2].map((copy) => sweepStep(slow(table, seed * 10 + copy), 1)));
      expect(first[1]).toEqual(first[0]);

      expect((await revocationIn(table, 1))?.sweep).toMatchObject({ step: 1, matched: 60, swept: 60 });
      expect(markedIn(table)).toHaveLength(60);
    },
  );
});

describe("a worker that dies at any write of a sweep", () => {
  it("leaves what its successor ends as if nothing had happened", async () => {
    const prepare = async () => {
      const table = await tableWith(many(130));
      await pullOnce(table, 1);
      return table;
    };
    const whole = await prepare();
    const { result, steps } = await sweepAll(whole, 1);
    const writes = await countWrites(await prepare(), (table) => sweepAll(table, 1));
    expect(writes).toBe(130 + steps);

    for (let fatal = 0; fatal < writes; fatal += 7) {
      for (const side of ["before", "after"] as const) {
        const table = await prepare();
        const dying = dyingAt(table, fatal, side);
        let cursor: Json | undefined;
        for (;;) {
          const options = cursor === undefined ? {} : { cursor };
          // The message whose worker dies comes back.
          const made = await sweepStep(dying, 1, options).catch(() => sweepStep(table, 1, options));
          if (made.kind !== "again") {
            expect(made).toEqual(result);
            break;
          }
          cursor = made.cursor;
        }
        expect(sessionsIn(table)).toEqual(sessionsIn(whole));
        expect(await revocationIn(table, 1)).toEqual(await revocationIn(whole, 1));
      }
    }
  });
});

describe("a sweep whose messages come twice, late and in any order, from workers that die", () => {
  it.each(Array.from({ length: 15 }, (_, seed) => seed))(
    "ends, has counted each session once, and never becomes two: seed %d",
    async (seed) => {
      const below = numbersFrom(seed);
      const table = await tableWith(many(420));
      await pullOnce(table, 1);
      let waiting: (Json | undefined)[] = [undefined];
      const done: unknown[] = [];
      let deliveries = 0;
      let copies = 0;
      while (waiting.length > 0) {
        deliveries += 1;
        const [cursor] = waiting.splice(below(waiting.length), 1);
        const store = below(4) === 0 ? dyingAt(table, below(120), below(2) === 0 ? "before" : "after") : table;
        const result = await sweepStep(store, 1, cursor === undefined ? {} : { cursor }).catch(() => undefined);
        // Not deleted, or deleted too late: it comes again, and what it has sent is sent.
        if (result === undefined) waiting.push(cursor);
        else if (copies < 12 && below(4) === 0) {
          copies += 1;
          waiting.push(cursor);
        }
        if (result?.kind === "again") waiting = [...waiting, result.cursor];
        if (result?.kind === "done") done.push(result);
      }

      expect(done.length).toBeGreaterThan(0);
      expect(new Set(done.map((each) => JSON.stringify(each))).size).toBe(1);
      expect(done[0]).toMatchObject({ output: { matched: 420, swept: 420 } });
      expect(markedIn(table)).toHaveLength(420);
      // Each copy may go along to the end, and makes no more of itself.
      expect(deliveries).toBeLessThan(200);
    },
  );
});

describe("sessions that end by themselves while they are swept", () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))("end once, each with one reason: seed %d", async (seed) => {
    const table = await tableWith(upTo(40).map((each) => session(each)));
    // Logged out as by a worker that had read the pulls before there was one.
    const stale = sessionPulls(memoryItemStore());
    const logout = (store: ItemStore, count: number) =>
      runOnce(
        revokeSession({ sessions: sessionStore(store, stale), revocations: revocationLog(store), brokerNow }),
        count,
        { sessionId: sessionIdOf(count), reason: "logout" },
      );
    await pullOnce(table, 100);
    const [{ result }] = await Promise.all([
      sweepAll(slow(table, seed), 100),
      ...upTo(20).map((count) => logout(slow(table, seed * 50 + count), count)),
    ]);

    if (result.kind !== "done") throw new Error(result.kind);
    const { matched, swept } = result.output as { matched: number; swept: number };
    expect(swept).toBe(matched);
    expect(sessionsIn(table).filter(({ revoked }) => revoked === undefined)).toEqual([]);
    expect(markedIn(table).length).toBeLessThanOrEqual(matched);
    const versions = table.dump().filter(({ key }) => key.sk.startsWith("session#"));
    expect(versions.map(({ version }) => version)).toEqual(versions.map(() => 2));
  });
});

import { describe, expect, it } from "@jest/globals";
import { bulkRevocationItem, pullHeadItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import {
  pulledBy,
  pullOnce,
  pullsIn,
  reason,
  revocationIdOf,
  revocationIn,
  upTo,
} from "../testing/pulls-under-test.ts";
import { at, brokerNow, operation, userId } from "../testing/sessions-under-test.ts";
import { countWrites, dyingAt, slow } from "../testing/troubled-table.ts";

const all = { kind: "all" } as const;
const accounts = { kind: "accounts" } as const;
const seeds = Array.from({ length: 50 }, (_, seed) => seed);
const head = async (table: ItemStore) => (await typedItems(table, pullHeadItem).load())?.value.last;
const numbersIn = (table: MemoryItemStore): readonly number[] => pullsIn(table).map(({ number }) => number);
type Pulled = Awaited<ReturnType<typeof pullOnce>>;
const outputOf = (result: Pulled) => {
  if (result.kind !== "done") throw new Error(result.kind);
  return result.output as { pullNumber: number; effectiveAt: string };
};

describe("a pull of the cord", () => {
  it("stands under the first number, and is told with what was asked for", async () => {
    const table = memoryItemStore();
    const result = await pullOnce(table, 1, { scope: accounts, pulledAt: at(-5000) });

    expect(outputOf(result)).toEqual({ pullNumber: 1, effectiveAt: at(0) });
    expect(pullsIn(table)).toEqual([{ number: 1, revocationId: revocationIdOf(1), scope: accounts, at: at(0) }]);
    expect(await head(table)).toBe(1);
    expect(await revocationIn(table, 1)).toEqual({
      revocationId: revocationIdOf(1),
      scope: accounts,
      reason,
      pulledBy,
      pulledAt: at(-5000),
      receivedAt: at(0),
      operationId: operation(1),
      candidate: 1,
      effective: { number: 1, at: at(0) },
    });
    expect(result.events).toEqual([
      {
        type: "andon.pulled",
        occurredAt: at(0),
        data: {
          ...{ revocationId: revocationIdOf(1), number: 1, scope: accounts },
          ...{ reason, pulledBy, pulledAt: at(-5000) },
        },
      },
    ]);
  });

  it("names the operator who asked for it over HTTP", async () => {
    const { events } = await pullOnce(memoryItemStore(), 1, { by: "key:on-call", action: "revokeAllTokens" });

    expect(events.map(({ type }) => type)).toEqual(["andon.pulled", "operator.acted"]);
    expect(events[1]?.data).toEqual({
      by: "key:on-call",
      action: "revokeAllTokens",
      targets: [revocationIdOf(1)],
    });
  });

  it("says the same twice when the message comes twice, and stands once", async () => {
    const table = memoryItemStore();
    const first = await pullOnce(table, 1, { by: "key:on-call" });
    const before = table.dump();

    expect(await pullOnce(table, 1, { by: "key:on-call", now: () => brokerNow() + 60_000 })).toEqual(first);
    expect(table.dump()).toEqual(before);
  });

  it("is the same for whoever asks with its id, whatever else they ask for: what was asked for first stays", async () => {
    const table = memoryItemStore();
    const first = await pullOnce(table, 1, { id: 7, scope: accounts });
    await pullOnce(table, 2);
    const before = table.dump();
    const second = await pullOnce(table, 3, { id: 7, scope: all, now: () => brokerNow() + 60_000 });

    expect(outputOf(second)).toEqual(outputOf(first));
    expect(second.events).toEqual(first.events);
    expect(table.dump()).toEqual(before);
  });

  it("is in force since the attempt that put it there, not since one that died before", async () => {
    const table = memoryItemStore();
    await expect(pullOnce(dyingAt(table, 1, "before"), 1)).rejects.toThrow("died");
    expect(await revocationIn(table, 1)).not.toHaveProperty("effective");
    await expect(pullOnce(dyingAt(table, 0, "after"), 1, { now: () => brokerNow() + 4000 })).rejects.toThrow("died");

    expect(outputOf(await pullOnce(table, 1, { now: () => brokerNow() + 9000 })).effectiveAt).toBe(at(4000));
  });
});

describe("the numbers of pulls", () => {
  it.each(seeds)("are 1 to 16, without a gap and none twice, of sixteen at once: seed %d", async (seed) => {
    const table = memoryItemStore();
    const results = await Promise.all(upTo(16).map((count) => pullOnce(slow(table, seed * 100 + count), count)));

    expect(numbersIn(table)).toEqual(upTo(16));
    expect(await head(table)).toBe(16);
    const told = results.map((result) => outputOf(result).pullNumber);
    expect(told.toSorted((one, other) => one - other)).toEqual(upTo(16));
    for (const [index, number] of told.entries()) {
      expect(pullsIn(table)[number - 1]?.revocationId).toBe(revocationIdOf(index + 1));
    }
  });

  it.each(seeds)("are one for each id, however many ask for four at once: seed %d", async (seed) => {
    const table = memoryItemStore();
    const results = await Promise.all(
      // Each id by three operations, one of which comes twice.
      upTo(16).map((each) => pullOnce(slow(table, seed * 100 + each), Math.min(each, 12), { id: each % 4 })),
    );

    expect(numbersIn(table)).toEqual(upTo(4));
    expect(new Set(pullsIn(table).map(({ revocationId }) => revocationId)).size).toBe(4);
    for (const [index, result] of results.entries()) {
      const { pullNumber, effectiveAt } = outputOf(result);
      expect(pullsIn(table)[pullNumber - 1]).toMatchObject({
        revocationId: revocationIdOf((index + 1) % 4),
        at: effectiveAt,
      });
    }
  });

  it("go on when all pulls have been deleted, 402 days after they were in force", async () => {
    const table = memoryItemStore();
    for (const count of [1, 2, 3]) await pullOnce(table, count);
    const deletable = Date.parse(at(0)) / 1000 + 402 * 24 * 3600;
    table.expireByTtl(deletable - 1);
    expect(numbersIn(table)).toEqual([1, 2, 3]);
    table.expireByTtl(deletable);
    expect(numbersIn(table)).toEqual([]);

    expect(outputOf(await pullOnce(table, 4)).pullNumber).toBe(4);
    expect(outputOf(await pullOnce(table, 5, { id: 2 })).pullNumber).toBe(2);
    expect(numbersIn(table)).toEqual([4]);
  });

  it("are never those that readers have gone past: an old revocation that was not finished gets a new one", async () => {
    const table = memoryItemStore();
    await expect(pullOnce(dyingAt(table, 0, "after"), 1)).rejects.toThrow("died");
    for (const count of [2, 3]) await pullOnce(table, count);
    expect(await revocationIn(table, 1)).toMatchObject({ candidate: 1 });
    table.expireByTtl(Date.parse(at(0)) / 1000 + 402 * 24 * 3600);

    expect(outputOf(await pullOnce(table, 4, { id: 1 })).pullNumber).toBe(3);
    expect(numbersIn(table)).toEqual([3]);
  });
});

describe("a worker that dies at any write of a pull", () => {
  const crashes = async () => {
    const writes = await countWrites(memoryItemStore(), (table) => pullOnce(table, 1));
    expect(writes).toBe(4);
    return upTo(writes).flatMap((write) => (["before", "after"] as const).map((side) => [write - 1, side] as const));
  };

  it("leaves what its successor ends as if nothing had happened, with the same events", async () => {
    const whole = await pullOnce(memoryItemStore(), 1, { by: "key:on-call" });
    for (const [write, side] of await crashes()) {
      const table = memoryItemStore();
      await expect(pullOnce(dyingAt(table, write, side), 1, { by: "key:on-call" })).rejects.toThrow("died");

      expect(await pullOnce(table, 1, { by: "key:on-call" })).toEqual(whole);
      expect(numbersIn(table)).toEqual([1]);
      expect(await head(table)).toBe(1);
    }
  });

  it("takes no number from others, nor gets a second one, whatever is pulled before it comes again", async () => {
    for (const [write, side] of await crashes()) {
      const table = memoryItemStore();
      await expect(pullOnce(dyingAt(table, write, side), 1)).rejects.toThrow("died");
      const stood = numbersIn(table).length;
      for (const count of [2, 3]) await pullOnce(table, count);
      const { pullNumber } = outputOf(await pullOnce(table, 1));

      expect(numbersIn(table)).toEqual([1, 2, 3]);
      expect(pullNumber).toBe(stood === 1 ? 1 : 3);
      expect(pullsIn(table).filter(({ revocationId }) => revocationId === revocationIdOf(1))).toHaveLength(1);
      expect(await head(table)).toBe(3);
      expect(await revocationIn(table, 1)).toMatchObject({ candidate: pullNumber, effective: { number: pullNumber } });
    }
  });

  it("dies again and again while others pull, and ends with one number", async () => {
    for (const [write, side] of await crashes()) {
      for (const [second, other] of await crashes()) {
        const table = memoryItemStore();
        await pullOnce(dyingAt(table, write, side), 1).catch(() => {});
        await pullOnce(table, 2);
        await pullOnce(dyingAt(table, second, other), 1).catch(() => {});
        await pullOnce(table, 3);
        await pullOnce(table, 1);

        expect(numbersIn(table)).toEqual([1, 2, 3]);
        expect(new Set(pullsIn(table).map(({ revocationId }) => revocationId)).size).toBe(3);
      }
    }
  });
});

describe("two workers with one pull", () => {
  it("give it one number, also when one finds its candidate taken after the other has moved on and died", async () => {
    const table = memoryItemStore();
    await expect(pullOnce(dyingAt(table, 0, "after"), 1)).rejects.toThrow("died");
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let hasTried = false;
    const late: ItemStore = {
      ...table,
      async putIfAbsent(...args) {
        await pullOnce(table, 2);
        hasTried = true;
        return table.putIfAbsent(...args);
      },
      async load(key) {
        if (hasTried) await held;
        return table.load(key);
      },
    };
    const slowly = pullOnce(late, 1);
    while (!hasTried) await new Promise((resolve) => setImmediate(resolve));
    // It moves on to 2, puts its pull there, counts it, and dies before it says so.
    await expect(pullOnce(dyingAt(table, 3, "before"), 1)).rejects.toThrow("died");
    expect(numbersIn(table)).toEqual([1, 2]);
    release();

    expect(outputOf(await slowly).pullNumber).toBe(2);
    expect(outputOf(await pullOnce(table, 1)).pullNumber).toBe(2);
    expect(numbersIn(table)).toEqual([1, 2]);
  });
});

describe("what an operation asks for", () => {
  it("never expires, so that its id is spent for ever", async () => {
    const table = memoryItemStore();
    await pullOnce(table, 1, { scope: { kind: "user", userId } });
    const kept = table.dump().filter(({ ttlEpochSeconds }) => ttlEpochSeconds === undefined);

    expect(kept.map(({ key }) => key)).toEqual([bulkRevocationItem.key(revocationIdOf(1)), pullHeadItem.key()]);
  });
});

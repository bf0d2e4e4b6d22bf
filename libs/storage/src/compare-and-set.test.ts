import { describe, expect, it, jest } from "@jest/globals";
import { z } from "zod";
import { ContentionExceeded, compareAndSet, type Decision } from "./compare-and-set.ts";
import { itemKind, typedItems } from "./item-kind.ts";
import { memoryItemStore } from "./item-store.memory.ts";
import type { Stored } from "./item-store.ts";

const counterItem = itemKind({
  name: "counter",
  table: "counters",
  schema: z.object({ count: z.number(), by: z.array(z.string()) }),
  key: (name: string) => ({ pk: "counters", sk: name }),
});

interface Counter {
  count: number;
  by: string[];
}

const make = () => {
  const store = memoryItemStore();
  return { store, counters: typedItems(store, counterItem) };
};

/** Asks "was it me?" before anything else, as every decision must. */
const increment =
  (writtenBy: string) =>
  (current: Stored<Counter> | undefined): Decision<Counter, number> => {
    const { count, by } = current?.value ?? { count: 0, by: [] };
    if (by.includes(writtenBy)) return { kind: "keep", result: count };
    const value = { count: count + 1, by: [...by, writtenBy] };
    return { kind: "write", value, result: (stored) => stored.value.count };
  };

describe("compareAndSet", () => {
  it("counts sixteen concurrent increments as sixteen", async () => {
    const { counters } = make();
    const writers = Array.from({ length: 16 }, (_, writer) => `op-${writer}`);
    const results = await Promise.all(
      writers.map((writer) => compareAndSet(counters, ["visits"], writer, increment(writer))),
    );
    expect(results.toSorted((one, other) => one - other)).toEqual(writers.map((_, at) => at + 1));
    expect(await counters.load("visits")).toMatchObject({ version: 16, value: { count: 16 } });
  });

  it("counts an increment once that comes sixteen times", async () => {
    const { counters } = make();
    const again = () => compareAndSet(counters, ["visits"], "op", increment("op"));
    await Promise.all(Array.from({ length: 16 }, again));
    expect(await again()).toBe(1);
    expect(await counters.load("visits")).toMatchObject({ version: 1, value: { count: 1 } });
  });

  it("puts where nothing stands and replaces what stands, with the ttl of the decision", async () => {
    const { store, counters } = make();
    const write = (ttlEpochSeconds?: number) =>
      compareAndSet(counters, ["a"], `op-${ttlEpochSeconds}`, () => ({
        kind: "write",
        value: { count: 1, by: [] },
        ...(ttlEpochSeconds !== undefined && { ttlEpochSeconds }),
        result: ({ version }) => version,
      }));
    expect(await write(100)).toBe(1);
    expect(store.dump()).toMatchObject([{ ttlEpochSeconds: 100 }]);
    expect(await write()).toBe(2);
    expect(store.dump()[0]).not.toHaveProperty("ttlEpochSeconds");
  });

  it("writes nothing when the decision keeps what stands", async () => {
    const { store, counters } = make();
    const kept = await compareAndSet(counters, ["a"], "op", () => ({ kind: "keep", result: "as it is" }));
    expect(kept).toBe("as it is");
    expect(store.dump()).toEqual([]);
  });

  it("knows the results of both branches by their types", async () => {
    const { counters } = make();
    const result = await compareAndSet(counters, ["a"], "op", (current) =>
      current === undefined
        ? { kind: "write", value: { count: 1, by: [] }, result: (stored) => ({ done: stored.version }) }
        : { kind: "keep", result: { refused: "taken" } },
    );
    const typed: { done: number } | { refused: string } = result;
    expect(typed).toEqual({ done: 1 });
  });

  it("takes its own write that was applied before as its own, and gives its result", async () => {
    const { counters } = make();
    await counters.putIfAbsent({ count: 1, by: ["op"] }, ["a"], { writtenBy: "op" });
    // The load came too early to see it, as when the SDK makes a write again whose answer was lost.
    const late = { ...counters, load: async () => undefined };
    const decide = jest.fn(increment("op"));
    expect(await compareAndSet(late, ["a"], "op", decide)).toBe(1);
    expect(decide).toHaveBeenCalledTimes(1);
    expect(await counters.load("a")).toMatchObject({ version: 1 });
  });

  it("decides again on what stands after a lost race, without another load", async () => {
    const { counters } = make();
    const load = jest.fn(counters.load);
    const decide = jest.fn(increment("late"));
    const first = compareAndSet(counters, ["a"], "early", increment("early"));
    expect(await compareAndSet({ ...counters, load }, ["a"], "late", decide)).toBe(2);
    await first;
    expect(decide.mock.calls.map(([current]) => current?.version)).toEqual([undefined, 1]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("puts anew what vanished in the race", async () => {
    const { store, counters } = make();
    await counters.putIfAbsent({ count: 5, by: [] }, ["a"], { writtenBy: "old", ttlEpochSeconds: 1 });
    let raced = false;
    const result = await compareAndSet(counters, ["a"], "op", (current) => {
      if (!raced) store.expireByTtl(1);
      raced = true;
      return increment("op")(current);
    });
    expect(result).toBe(1);
    expect(await counters.load("a")).toMatchObject({ version: 1, value: { count: 1 } });
  });

  it.each([
    [50, {}],
    [3, { maxRaces: 3 }],
  ])("gives up after %s lost races, and has written nothing", async (races, options) => {
    const { counters } = make();
    const standing = { key: counterItem.key("a"), value: { count: 1, by: [] }, version: 1, writtenBy: "rival" };
    const putIfAbsent = jest.fn(async () => ({ kind: "lost" as const, stored: standing }));
    const replace = jest.fn(async () => ({ kind: "lost" as const, stored: standing }));
    const contended = { ...counters, putIfAbsent, replace };
    const failure = await compareAndSet(contended, ["a"], "op", increment("op"), options).catch((error) => error);
    expect(failure).toBeInstanceOf(ContentionExceeded);
    expect(failure).toMatchObject({ races });
    expect([putIfAbsent.mock.calls.length, replace.mock.calls.length]).toEqual([1, races - 1]);
  });

  it("lets the store's failures through", async () => {
    const { counters } = make();
    const down = new Error("down");
    const failing = { ...counters, load: () => Promise.reject(down) };
    await expect(compareAndSet(failing, ["a"], "op", increment("op"))).rejects.toBe(down);
  });
});

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { memoryItemStore } from "./item-store.memory.ts";
import { itemStoreContract } from "./testing/item-store-contract.ts";
import { applyTo, modelItemStore, storeSteps } from "./testing/item-store-model.ts";

itemStoreContract("memory", memoryItemStore);

describe("the memory item store", () => {
  it("does what a map of versions does, whatever the order of calls", async () => {
    await fc.assert(
      fc.asyncProperty(storeSteps, async (steps) => {
        expect(await applyTo(memoryItemStore(), steps)).toEqual(await applyTo(modelItemStore(), steps));
      }),
      { numRuns: 500 },
    );
  });

  it("takes effect in the order of calls, not of awaits", async () => {
    const store = memoryItemStore();
    const key = { pk: "a", sk: "b" };
    const calls = [store.load(key), store.putIfAbsent(key, {}, { writtenBy: "a" }), store.load(key)] as const;
    const [before, , after] = await Promise.all(calls);
    expect(before).toBeUndefined();
    expect(after).toMatchObject({ version: 1 });
  });

  it("deletes by ttl only what has reached it, and only when told", async () => {
    const store = memoryItemStore();
    for (const [sk, ttlEpochSeconds] of [
      ["99", 99],
      ["100", 100],
      ["101", 101],
    ] as const) {
      await store.putIfAbsent({ pk: "a", sk }, {}, { writtenBy: "a", ttlEpochSeconds });
    }
    await store.putIfAbsent({ pk: "a", sk: "never" }, {}, { writtenBy: "a" });
    const replaced = await store.load({ pk: "a", sk: "99" });
    if (replaced) await store.replace(replaced, {}, { writtenBy: "b" });
    store.expireByTtl(100);
    expect((await store.list("a")).items.map(({ key }) => key.sk)).toEqual(["101", "99", "never"]);
  });

  it("scans by key, and ends a full page with a cursor as DynamoDB does, also where nothing stands beyond", async () => {
    const store = memoryItemStore();
    expect(await store.scan()).toEqual({ items: [] });
    for (const [pk, sk] of [
      ["b", "1"],
      ["a", "2"],
      ["a", "1"],
    ] as const) {
      await store.putIfAbsent({ pk, sk }, {}, { writtenBy: "a" });
    }
    const { items, cursor = "" } = await store.scan({ limit: 3 });
    expect(items.map(({ key }) => `${key.pk}${key.sk}`)).toEqual(["a1", "a2", "b1"]);
    expect(await store.scan({ after: cursor })).toEqual({ items: [] });
  });

  it("shows an auditor everything, ordered, in copies", async () => {
    const store = memoryItemStore();
    await store.putIfAbsent({ pk: "b", sk: "1" }, { n: 1 }, { writtenBy: "x", indexed: { by_place: "quay" } });
    await store.putIfAbsent({ pk: "a", sk: "2" }, { n: 2 }, { writtenBy: "y", ttlEpochSeconds: 5 });
    const dump = store.dump();
    expect(dump).toEqual([
      { key: { pk: "a", sk: "2" }, value: { n: 2 }, version: 1, writtenBy: "y", ttlEpochSeconds: 5 },
      { key: { pk: "b", sk: "1" }, value: { n: 1 }, version: 1, writtenBy: "x", indexed: { by_place: "quay" } },
    ]);
    for (const { value } of dump) Object.assign(value, { n: 9 });
    expect(await store.load({ pk: "b", sk: "1" })).toMatchObject({ value: { n: 1 } });
  });
});

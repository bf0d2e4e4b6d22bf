import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ItemKey, ItemStore, Stored, WriteOutcome } from "../item-store.ts";
import type { JsonObject } from "../json.ts";
import { itemStoreIndexContract } from "./item-store-index-contract.ts";
import { itemStoreListingContract } from "./item-store-listing-contract.ts";
import { itemStoreScanContract } from "./item-store-scan-contract.ts";
import { itemStoreValuesContract } from "./item-store-values-contract.ts";

/** Gives a store for one test, with the index `TEST_INDEX`; it may share its table with others, the suite uses keys of its own. */
export type MakeItemStore = () => ItemStore | Promise<ItemStore>;

const RACERS = 16;
const racing = <Result>(run: (racer: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: RACERS }, (_, racer) => run(racer)));

const kindsOf = (outcomes: readonly WriteOutcome<JsonObject>[]) =>
  outcomes.map(({ kind }) => kind).toSorted((one, other) => one.localeCompare(other));

const oneOf = (first: string, others: string) =>
  [first, ...Array<string>(RACERS - 1).fill(others)].toSorted((one, other) => one.localeCompare(other));

/** The one suite that every adapter of `ItemStore` passes. */
export const itemStoreContract = (name: string, makeStore: MakeItemStore): void => {
  describe(`${name}: item store`, () => {
    let store: ItemStore;
    let key: ItemKey;

    beforeEach(async () => {
      store = await makeStore();
      key = { pk: `contract#${randomUUID()}`, sk: "item" };
    });

    const put = async (value: JsonObject, writtenBy: string): Promise<Stored<JsonObject>> => {
      const outcome = await store.putIfAbsent(key, value, { writtenBy });
      if (outcome.kind !== "won") throw new Error(`the key was taken: ${outcome.kind}`);
      return outcome.stored;
    };

    const replaced = async (current: Stored<JsonObject>, value: JsonObject, writtenBy: string) => {
      const outcome = await store.replace(current, value, { writtenBy });
      if (outcome.kind !== "won") throw new Error(`the item had moved on: ${outcome.kind}`);
      return outcome.stored;
    };

    describe("putIfAbsent", () => {
      it("writes version 1, which the next read sees", async () => {
        expect(await store.load(key)).toBeUndefined();
        const stored = { key, value: { n: 1 }, version: 1, writtenBy: "a" };
        expect(await store.putIfAbsent(key, { n: 1 }, { writtenBy: "a" })).toEqual({ kind: "won", stored });
        expect(await store.load(key)).toEqual(stored);
      });

      it("is won by exactly one of sixteen writers, and all others see the winner's value", async () => {
        const outcomes = await racing((racer) => store.putIfAbsent(key, { racer }, { writtenBy: `op-${racer}` }));
        expect(kindsOf(outcomes)).toEqual(oneOf("won", "lost"));
        const standing = await store.load(key);
        expect(standing).toBeDefined();
        for (const { stored } of outcomes) expect(stored).toEqual(standing);
      });

      it("is won once by one writer racing itself sixteenfold, and is its own the other times", async () => {
        const outcomes = await racing((racer) => store.putIfAbsent(key, { racer }, { writtenBy: "op" }));
        expect(kindsOf(outcomes)).toEqual(oneOf("won", "already-mine"));
        const standing = await store.load(key);
        expect(standing).toMatchObject({ version: 1 });
        for (const { stored } of outcomes) expect(stored).toEqual(standing);
      });

      it("changes nothing where something stands", async () => {
        const first = await put({ n: 1 }, "a");
        expect(await store.putIfAbsent(key, { n: 2 }, { writtenBy: "b" })).toEqual({ kind: "lost", stored: first });
        expect(await store.putIfAbsent(key, { n: 3 }, { writtenBy: "a" })).toEqual({
          kind: "already-mine",
          stored: first,
        });
        expect(await store.load(key)).toEqual(first);
      });

      it("leaves items under the same pk or the same sk alone", async () => {
        await put({ n: 1 }, "a");
        for (const other of [
          { ...key, sk: "other" },
          { ...key, pk: `${key.pk}#other` },
        ]) {
          expect(await store.load(other)).toBeUndefined();
          expect(await store.putIfAbsent(other, { n: 2 }, { writtenBy: "b" })).toMatchObject({ kind: "won" });
        }
        expect(await store.load(key)).toMatchObject({ value: { n: 1 } });
      });
    });

    describe("replace", () => {
      it("adds 1 to the version and keeps nothing of the value before", async () => {
        const first = await put({ n: 1, old: true }, "a");
        const stored = { key, value: { n: 2 }, version: 2, writtenBy: "b" };
        expect(await store.replace(first, { n: 2 }, { writtenBy: "b" })).toEqual({ kind: "won", stored });
        expect(await store.load(key)).toEqual(stored);
      });

      it("is won by exactly one of sixteen writers on one version", async () => {
        const first = await put({ n: 1 }, "a");
        const outcomes = await racing((racer) => store.replace(first, { racer }, { writtenBy: `op-${racer}` }));
        expect(kindsOf(outcomes)).toEqual(oneOf("won", "lost"));
        const standing = await store.load(key);
        expect(standing).toMatchObject({ version: 2 });
        for (const { stored } of outcomes) expect(stored).toEqual(standing);
      });

      it("is won once by one writer racing itself sixteenfold, and is its own the other times", async () => {
        const first = await put({ n: 1 }, "a");
        const outcomes = await racing((racer) => store.replace(first, { racer }, { writtenBy: "op" }));
        expect(kindsOf(outcomes)).toEqual(oneOf("won", "already-mine"));
        const standing = await store.load(key);
        expect(standing).toMatchObject({ version: 2, writtenBy: "op" });
        for (const { stored } of outcomes) expect(stored).toEqual(standing);
      });

      it("tells a writer on whose write another stands that it lost, with the newest", async () => {
        const first = await put({ n: 1 }, "a");
        const newest = await replaced(await replaced(first, { n: 2 }, "b"), { n: 3 }, "c");
        expect(await store.replace(first, { n: 2 }, { writtenBy: "b" })).toEqual({ kind: "lost", stored: newest });
        expect(await store.load(key)).toEqual(newest);
      });

      it("does not take a later write by the same writer for the one it was asked for", async () => {
        const first = await put({ n: 1 }, "a");
        const newest = await replaced(await replaced(first, { n: 2 }, "b"), { n: 3 }, "c");
        expect(await store.replace(first, { n: 9 }, { writtenBy: "c" })).toEqual({ kind: "lost", stored: newest });
      });

      it("tells the writer of the version it was given, when that stands no more, that it lost", async () => {
        const first = await put({ n: 1 }, "a");
        const second = await replaced(first, { n: 2 }, "b");
        expect(await store.replace(first, { n: 9 }, { writtenBy: "a" })).toEqual({ kind: "lost", stored: second });
      });

      it("is lost where nothing stands, and writes nothing", async () => {
        const gone = { key, value: { n: 1 }, version: 1, writtenBy: "a" };
        expect(await store.replace(gone, { n: 2 }, { writtenBy: "b" })).toEqual({ kind: "lost", stored: undefined });
        expect(await store.load(key)).toBeUndefined();
      });

      it("is lost on an item that was removed and made anew with the same version", async () => {
        const first = await put({ n: 1 }, "a");
        expect(await store.remove(first)).toBe("won");
        const anew = await put({ n: 5 }, "b");
        expect(await store.replace(first, { n: 2 }, { writtenBy: "c" })).toEqual({ kind: "lost", stored: anew });
        expect(await store.remove(first)).toBe("lost");
        expect(await store.load(key)).toEqual(anew);
      });
    });

    describe("remove", () => {
      it("takes away what still stands", async () => {
        const first = await put({ n: 1 }, "a");
        expect(await store.remove(first)).toBe("won");
        expect(await store.load(key)).toBeUndefined();
      });

      it("is lost on a newer version, which stays", async () => {
        const first = await put({ n: 1 }, "a");
        const second = await replaced(first, { n: 2 }, "b");
        expect(await store.remove(first)).toBe("lost");
        expect(await store.load(key)).toEqual(second);
      });

      it("is lost on what is gone", async () => {
        const first = await put({ n: 1 }, "a");
        await store.remove(first);
        expect(await store.remove(first)).toBe("lost");
      });

      it("is won by exactly one of sixteen", async () => {
        const first = await put({ n: 1 }, "a");
        const outcomes = await racing(() => store.remove(first));
        expect(outcomes.filter((outcome) => outcome === "won")).toHaveLength(1);
      });
    });

    it("still gives and lists an item whose ttl is long past", async () => {
      const outcome = await store.putIfAbsent(key, { n: 1 }, { writtenBy: "a", ttlEpochSeconds: 1 });
      expect(await store.load(key)).toEqual(outcome.stored);
      expect(await store.list(key.pk)).toEqual({ items: [outcome.stored] });
      expect(await store.putIfAbsent(key, { n: 2 }, { writtenBy: "b", ttlEpochSeconds: 1 })).toMatchObject({
        kind: "lost",
      });
    });

    it("answers a probe", async () => {
      await expect(store.probe()).resolves.toBeUndefined();
    });

    itemStoreListingContract(() => store);
    itemStoreIndexContract(() => store);
    itemStoreScanContract(() => store);
    itemStoreValuesContract(() => store);
  });
};

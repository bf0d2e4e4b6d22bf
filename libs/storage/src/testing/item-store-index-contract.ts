import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { InvalidItemKey } from "../check-arguments.ts";
import type { IndexOptions, ItemKey, ItemStore, Stored } from "../item-store.ts";
import type { JsonObject } from "../json.ts";
import { InvalidCursor } from "../list-cursor.ts";

/** The secondary index that the table of the suite must have, its key an attribute of the same name. */
export const TEST_INDEX = "by_place";

const LAG_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
const MOST_PAGES = 200;

/** The part of the contract about indexes; `currentStore` gives the store of the running test. */
export const itemStoreIndexContract = (currentStore: () => ItemStore): void => {
  describe("listByIndex", () => {
    let pk: string;
    /** Of this test alone, as an index spans the whole table. */
    let place: string;
    beforeEach(() => {
      pk = `index#${randomUUID()}`;
      place = `place#${randomUUID()}`;
    });

    const put = async (sk: string, at: string | undefined, writtenBy = "filler"): Promise<Stored<JsonObject>> => {
      const indexed = at === undefined ? {} : { indexed: { [TEST_INDEX]: at } };
      const { stored } = await currentStore().putIfAbsent({ pk, sk }, { sk }, { writtenBy, ...indexed });
      if (stored === undefined) throw new Error("nothing was written");
      return stored;
    };

    const fill = async (count: number): Promise<string[]> => {
      const sks = Array.from({ length: count }, (_, at) => `item#${String(at).padStart(4, "0")}`);
      await Promise.all(sks.map((sk) => put(sk, place)));
      return sks;
    };

    /** Every page's keys, as the cursors lead from one to the next. */
    const pages = async (at: string, options: IndexOptions = {}): Promise<ItemKey[][]> => {
      const seen: ItemKey[][] = [];
      let after: string | undefined;
      do {
        const page = await currentStore().listByIndex(
          TEST_INDEX,
          at,
          after === undefined ? options : { ...options, after },
        );
        seen.push(page.keys);
        if (seen.length > MOST_PAGES) throw new Error("the pages never end");
        after = page.cursor;
      } while (after !== undefined);
      return seen;
    };

    const listed = async (at: string): Promise<string[]> =>
      (await pages(at))
        .flat()
        .map(({ sk }) => sk)
        .toSorted();

    /** What the index comes to say, as it may lag. */
    const comesToList = async (at: string, expected: readonly string[]): Promise<void> => {
      const until = Date.now() + LAG_TIMEOUT_MS;
      while (Date.now() < until && JSON.stringify(await listed(at)) !== JSON.stringify(expected)) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      expect(await listed(at)).toEqual(expected);
    };

    it("gives an empty page, without a cursor, where nothing was written so", async () => {
      expect(await currentStore().listByIndex(TEST_INDEX, place)).toEqual({ keys: [] });
    });

    it("gives the whole keys of the items that were written with the value, and of no others", async () => {
      await put("a", place);
      await put("b", `${place}#other`);
      await put("c", undefined);
      await comesToList(place, ["a"]);
      expect(await currentStore().listByIndex(TEST_INDEX, place)).toEqual({ keys: [{ pk, sk: "a" }] });
    });

    it("spans every pk, and leaves no trace in the items themselves", async () => {
      const stored = await put("a", place);
      await currentStore().putIfAbsent(
        { pk: `${pk}#2`, sk: "a" },
        {},
        { writtenBy: "a", indexed: { [TEST_INDEX]: place } },
      );
      await comesToList(place, ["a", "a"]);
      const [keys = []] = await pages(place);
      expect(keys.map((key) => key.pk).toSorted()).toEqual([pk, `${pk}#2`]);
      expect(await currentStore().load({ pk, sk: "a" })).toEqual(stored);
      expect(stored).toStrictEqual({ key: { pk, sk: "a" }, value: { sk: "a" }, version: 1, writtenBy: "filler" });
    });

    it("follows a replace to another value, and out of the index", async () => {
      const first = await put("a", place);
      const moved = `${place}#moved`;
      const second = await currentStore().replace(first, {}, { writtenBy: "b", indexed: { [TEST_INDEX]: moved } });
      await comesToList(place, []);
      await comesToList(moved, ["a"]);
      if (second.stored === undefined) throw new Error("the item vanished");
      await currentStore().replace(second.stored, {}, { writtenBy: "c" });
      await comesToList(moved, []);
    });

    it("does not follow a write that was lost", async () => {
      const first = await put("a", place);
      const elsewhere = { indexed: { [TEST_INDEX]: `${place}#other` } };
      await currentStore().putIfAbsent(first.key, {}, { writtenBy: "b", ...elsewhere });
      await currentStore().replace({ ...first, version: 7 }, {}, { writtenBy: "b", ...elsewhere });
      await comesToList(place, ["a"]);
      expect(await listed(`${place}#other`)).toEqual([]);
    });

    it("forgets what was removed", async () => {
      const stored = await put("a", place);
      await currentStore().remove(stored);
      await comesToList(place, []);
    });

    it("leads through 120 keys with none twice and none missing", async () => {
      const sks = await fill(120);
      await put("elsewhere", `${place}#other`);
      await comesToList(place, sks);
      expect((await pages(place)).map((page) => page.length)).toEqual([100, 20]);
      const inSevens = (await pages(place, { limit: 7 })).flat().map(({ sk }) => sk);
      expect(inSevens.toSorted()).toEqual(sks);
    });

    it("gives no cursor when a full page is the last one", async () => {
      await comesToList(place, await fill(4));
      expect((await pages(place, { limit: 2 })).map((page) => page.length)).toEqual([2, 2]);
      expect(await pages(place, { limit: 4 })).toHaveLength(1);
    });

    it("goes on after a key whose item was removed", async () => {
      const sks = await fill(3);
      await comesToList(place, sks);
      const { keys, cursor = "" } = await currentStore().listByIndex(TEST_INDEX, place, { limit: 2 });
      for (const key of keys) {
        const stored = await currentStore().load(key);
        if (stored !== undefined) await currentStore().remove(stored);
      }
      const rest = await currentStore().listByIndex(TEST_INDEX, place, { after: cursor });
      expect([...keys, ...rest.keys].map(({ sk }) => sk).toSorted()).toEqual(sks);
    });

    it("takes any text of a key for a value and for a cursor", async () => {
      const long = `${place}#${"é".repeat(500)} 🐢"\\`;
      await put("é".repeat(512), long);
      await put("\u0000", long);
      await comesToList(long, ["\u0000", "é".repeat(512)]);
      expect((await pages(long, { limit: 1 })).map((page) => page.length)).toEqual([1, 1]);
    });

    it.each([
      ["empty", ""],
      ["of a listing of items", "YQ"],
      ["of three parts", "YQ.YQ.YQ"],
      ["without pk", ".YQ"],
      ["without sk", "YQ."],
      ["padded", "YQ==.YQ"],
      ["longer than any pk", `${"YWFh".repeat(700)}.YQ`],
      ["longer than any sk", `YQ.${"YWFh".repeat(400)}`],
    ])("refuses a cursor that is %s", async (_, after) => {
      await expect(currentStore().listByIndex(TEST_INDEX, place, { after })).rejects.toBeInstanceOf(InvalidCursor);
    });

    it.each(["", "\ud83d", "é".repeat(1025)])("refuses a value that no key can be", async (value) => {
      await expect(currentStore().listByIndex(TEST_INDEX, value)).rejects.toBeInstanceOf(InvalidItemKey);
      await expect(put("a", value)).rejects.toBeInstanceOf(InvalidItemKey);
      expect(await currentStore().load({ pk, sk: "a" })).toBeUndefined();
    });

    it.each(["pk", "ttl", "value", "place", "by_", "by_Place"])("refuses %s for the name of an index", async (name) => {
      const indexed = { [name]: place };
      await expect(currentStore().listByIndex(name, place)).rejects.toBeInstanceOf(RangeError);
      const written = currentStore().putIfAbsent({ pk, sk: "a" }, {}, { writtenBy: "a", indexed });
      await expect(written).rejects.toBeInstanceOf(RangeError);
    });

    it.each([0, -1, 1.5, Number.NaN])("refuses a limit of %s", async (limit) => {
      await expect(currentStore().listByIndex(TEST_INDEX, place, { limit })).rejects.toBeInstanceOf(RangeError);
    });
  });
};

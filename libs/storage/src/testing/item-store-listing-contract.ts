import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { InvalidItemKey } from "../check-arguments.ts";
import type { ItemStore, ListOptions } from "../item-store.ts";
import { InvalidCursor } from "../list-cursor.ts";

const numbered = (count: number, prefix = "") =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(4, "0")}`);

/** The part of the contract about `list`; `currentStore` gives the store of the running test. */
export const itemStoreListingContract = (currentStore: () => ItemStore): void => {
  describe("list", () => {
    let pk: string;
    beforeEach(() => {
      pk = `listing#${randomUUID()}`;
    });

    const fill = async (sks: readonly string[]) => {
      await Promise.all(sks.map((sk) => currentStore().putIfAbsent({ pk, sk }, { sk }, { writtenBy: "filler" })));
    };

    /** Every page's sort keys, as the cursors lead from one to the next. */
    const pages = async (options: ListOptions): Promise<string[][]> => {
      const seen: string[][] = [];
      let after: string | undefined;
      do {
        const page = await currentStore().list(pk, after === undefined ? options : { ...options, after });
        for (const { key, value } of page.items) expect(value).toEqual({ sk: key.sk });
        seen.push(page.items.map(({ key }) => key.sk));
        after = page.cursor;
      } while (after !== undefined);
      return seen;
    };

    it("gives an empty page, without a cursor, where nothing stands", async () => {
      expect(await currentStore().list(pk)).toEqual({ items: [] });
    });

    it("leads through 250 items with none twice and none missing, either way and by prefix", async () => {
      const sks = [...numbered(250, "item#"), "item", "iten#0000", "a"];
      await fill(sks);
      const items = numbered(250, "item#");
      const byPrefix = await pages({ skPrefix: "item#", limit: 100 });
      expect(byPrefix.map((page) => page.length)).toEqual([100, 100, 50]);
      expect(byPrefix.flat()).toEqual(items);
      expect((await pages({ skPrefix: "item#", limit: 7, newestFirst: true })).flat()).toEqual(items.toReversed());
      expect((await pages({ limit: 33 })).flat()).toEqual(sks.toSorted());
      expect((await pages({ newestFirst: true })).flat()).toEqual(sks.toSorted().toReversed());
    });

    it("gives 100 items and a cursor unless told otherwise", async () => {
      await fill(numbered(101));
      expect((await pages({})).map((page) => page.length)).toEqual([100, 1]);
    });

    it("gives no cursor when a full page is the last one", async () => {
      await fill(numbered(4));
      expect(await pages({ limit: 2 })).toEqual([
        ["0000", "0001"],
        ["0002", "0003"],
      ]);
      expect(await pages({ limit: 4, newestFirst: true })).toHaveLength(1);
    });

    it("gives a full page also of items so large that DynamoDB splits it", async () => {
      const text = "x".repeat(300_000);
      const sks = numbered(8);
      await Promise.all(sks.map((sk) => currentStore().putIfAbsent({ pk, sk }, { text }, { writtenBy: "filler" })));
      const { items, cursor } = await currentStore().list(pk, { limit: 8 });
      expect(items.map(({ key }) => key.sk)).toEqual(sks);
      expect(cursor).toBeUndefined();
    });

    it("goes on after an item that was removed, and shows what came behind it", async () => {
      await fill(["a", "b", "c"]);
      const first = await currentStore().list(pk, { limit: 2 });
      for (const item of first.items) await currentStore().remove(item);
      await fill(["bb"]);
      const { cursor = "" } = first;
      const second = await currentStore().list(pk, { after: cursor });
      expect(second.items.map(({ key }) => key.sk)).toEqual(["bb", "c"]);
    });

    it("orders by UTF-8 bytes", async () => {
      const sks = ["Z", "a", "é", "\uffee", "😀"];
      await fill(sks.toReversed());
      expect((await pages({ limit: 2 })).flat()).toEqual(sks);
      expect((await pages({ limit: 2, newestFirst: true })).flat()).toEqual(sks.toReversed());
    });

    it("takes an empty prefix for none", async () => {
      await fill(["a"]);
      expect(await pages({ skPrefix: "" })).toEqual([["a"]]);
    });

    it.each(["\ud83d", "é".repeat(513)])("refuses a prefix that no key can begin with", async (skPrefix) => {
      await expect(currentStore().list(pk, { skPrefix })).rejects.toBeInstanceOf(InvalidItemKey);
    });

    it.each([
      ["empty", ""],
      ["not base64url", "a b"],
      ["padded", "YQ=="],
      ["with bits to spare", "YR"],
      ["not UTF-8", Buffer.from([0xff, 0xfe]).toString("base64url")],
      ["longer than any key", "YWFh".repeat(400)],
    ])("refuses a cursor that is %s", async (_, after) => {
      await expect(currentStore().list(pk, { after })).rejects.toBeInstanceOf(InvalidCursor);
    });

    it("refuses a cursor from outside the prefix", async () => {
      await fill(["item#1", "user#1", "user#2"]);
      const { cursor = "" } = await currentStore().list(pk, { skPrefix: "user#", limit: 1 });
      const elsewhere = currentStore().list(pk, { skPrefix: "item#", after: cursor });
      await expect(elsewhere).rejects.toBeInstanceOf(InvalidCursor);
    });

    it.each([0, -1, 1.5, Number.NaN])("refuses a limit of %s", async (limit) => {
      await expect(currentStore().list(pk, { limit })).rejects.toBeInstanceOf(RangeError);
    });
  });
};

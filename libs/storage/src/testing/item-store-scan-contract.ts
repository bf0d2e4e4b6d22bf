import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ItemKey, ItemStore, ScanOptions, Stored } from "../item-store.ts";
import type { JsonObject } from "../json.ts";
import { InvalidCursor } from "../list-cursor.ts";

const MOST_PAGES = 5000;

/** The part of the contract about `scan`; `currentStore` gives the store of the running test, which others may fill as well. */
export const itemStoreScanContract = (currentStore: () => ItemStore): void => {
  describe("scan", () => {
    /** Of this test alone, as a scan spans the whole table. */
    let own: string;
    beforeEach(() => {
      own = `scan#${randomUUID()}`;
    });

    const put = async (key: ItemKey, value: JsonObject = {}): Promise<Stored<JsonObject>> => {
      const { stored } = await currentStore().putIfAbsent(key, value, { writtenBy: "filler" });
      if (stored === undefined) throw new Error("nothing was written");
      return stored;
    };

    /** Items under one key and under many, and what orders badly. */
    const fill = async (count: number): Promise<Stored<JsonObject>[]> =>
      Promise.all(
        Array.from({ length: count }, (_, at) =>
          put(at % 2 === 0 ? { pk: own, sk: `item#${at} 😀` } : { pk: `${own}#${at}\uffee`, sk: "item" }, { at }),
        ),
      );

    const isOwn = ({ key }: Stored<JsonObject>): boolean => key.pk.startsWith(own);

    /** Every item of this test, as the cursors lead from page to page; `meanwhile` is done after the first page with one. */
    const scanned = async (
      { limit = 100 }: ScanOptions = {},
      meanwhile: (given: readonly Stored<JsonObject>[]) => Promise<void> = async () => {},
    ): Promise<Stored<JsonObject>[]> => {
      const seen: Stored<JsonObject>[] = [];
      let after: string | undefined;
      let begun = false;
      let pages = 0;
      do {
        const page = await currentStore().scan(after === undefined ? { limit } : { limit, after });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.filter(isOwn));
        if (!begun && seen.length > 0) {
          begun = true;
          await meanwhile(seen);
        }
        pages += 1;
        if (pages > MOST_PAGES) throw new Error("the pages never end");
        after = page.cursor;
      } while (after !== undefined);
      return seen;
    };

    const byKey = (items: readonly Stored<JsonObject>[]): Stored<JsonObject>[] =>
      items.toSorted((one, other) => (`${one.key.pk} ${one.key.sk}` < `${other.key.pk} ${other.key.sk}` ? -1 : 1));

    it.each([7, 100])("gives each item of every pk once, as it stands, by pages of %s", async (limit) => {
      const items = await fill(60);
      expect(byKey(await scanned({ limit }))).toEqual(byKey(items));
    });

    it("gives at most 100 items unless told otherwise", async () => {
      await fill(101);
      const { items, cursor } = await currentStore().scan();
      expect(items.length).toBeLessThanOrEqual(100);
      expect(cursor).toBeDefined();
    });

    it("gives the items in the same order again", async () => {
      await fill(40);
      expect(await scanned({ limit: 9 })).toEqual(await scanned({ limit: 100 }));
    });

    it("sees every write that came before the page", async () => {
      const first = await put({ pk: own, sk: "a" }, { n: 1 });
      await currentStore().replace(first, { n: 2 }, { writtenBy: "b" });
      expect(await scanned()).toEqual([{ key: first.key, value: { n: 2 }, version: 2, writtenBy: "b" }]);
      const [standing] = await scanned();
      if (standing !== undefined) await currentStore().remove(standing);
      expect(await scanned()).toEqual([]);
    });

    it("gives what stood throughout once, whatever comes, goes and changes meanwhile", async () => {
      const items = await fill(40);
      const gone = items.filter((_, at) => at % 4 === 1);
      const changed = items.filter((_, at) => at % 4 === 2);
      const seen = await scanned({ limit: 5 }, async () => {
        await Promise.all([
          ...gone.map((item) => currentStore().remove(item)),
          ...changed.map((item) => currentStore().replace(item, { changed: true }, { writtenBy: "b" })),
          ...Array.from({ length: 20 }, (_, at) => put({ pk: `${own}#late#${at}`, sk: "item" }, { late: true })),
        ]);
      });
      const keys = seen.map(({ key }) => JSON.stringify(key));
      expect(new Set(keys).size).toBe(keys.length);
      const throughout = items.filter((item) => !gone.includes(item)).map(({ key }) => JSON.stringify(key));
      expect(keys).toEqual(expect.arrayContaining(throughout));
    });

    it("goes on after items that were removed, the one that the cursor names among them", async () => {
      const items = await fill(30);
      let removed: readonly Stored<JsonObject>[] = [];
      const seen = await scanned({ limit: 4 }, async (given) => {
        removed = [...given];
        for (const item of given) await currentStore().remove(item);
      });
      expect(removed.length).toBeGreaterThan(0);
      expect(byKey(seen)).toEqual(byKey(items));
    });

    it("takes any text of a key for a cursor", async () => {
      const sks = ["é".repeat(512), "\u0000", "."];
      const pks = Array.from({ length: 10 }, (_, at) => `${own}#${"é".repeat(900)} 🐢"\\.${at}`);
      await Promise.all(pks.flatMap((pk) => sks.map((sk) => put({ pk, sk }))));
      // So small that many a page ends with one of them, whatever else is in the table.
      expect(await scanned({ limit: 3 })).toHaveLength(30);
    });

    it("refuses the cursors of lists and of indexes, and they refuse its own", async () => {
      await fill(6);
      const store = currentStore();
      const { cursor: ofList = "" } = await store.list(own, { limit: 1 });
      const { cursor: ofScan = "" } = await store.scan({ limit: 1 });
      await expect(store.scan({ after: ofList })).rejects.toBeInstanceOf(InvalidCursor);
      await expect(store.scan({ after: "YQ.YQ" })).rejects.toBeInstanceOf(InvalidCursor);
      await expect(store.list(own, { after: ofScan })).rejects.toBeInstanceOf(InvalidCursor);
      await expect(store.listByIndex("by_place", own, { after: ofScan })).rejects.toBeInstanceOf(InvalidCursor);
    });

    it.each([
      ["empty", ""],
      ["only said to be a scan's", "scan"],
      ["without a key", "scan."],
      ["without sk", "scan.YQ"],
      ["with an empty sk", "scan.YQ."],
      ["with an empty pk", "scan..YQ"],
      ["of three parts", "scan.YQ.YQ.YQ"],
      ["padded", "scan.YQ==.YQ"],
      ["of another kind", "list.YQ.YQ"],
      ["longer than any pk", `scan.${"YWFh".repeat(700)}.YQ`],
    ])("refuses a cursor that is %s", async (_, after) => {
      await expect(currentStore().scan({ after })).rejects.toBeInstanceOf(InvalidCursor);
    });

    it.each([0, -1, 1.5, Number.NaN])("refuses a limit of %s", async (limit) => {
      await expect(currentStore().scan({ limit })).rejects.toBeInstanceOf(RangeError);
    });
  });
};

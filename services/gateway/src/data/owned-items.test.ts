import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { dataItem } from "@lanyard/contracts";
import { InvalidCursor, memoryItemStore, toCursor, typedItems } from "@lanyard/storage";
import type { DataItem } from "@lanyard/user-data";
import { ownedItems } from "./owned-items.ts";

const at = "2026-11-21T12:00:00.000Z";
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const deleted = { ended: { how: "deleted", at, operationId }, json: "" } as const;
const user = randomUUID();

function begin() {
  const table = memoryItemStore();
  const stored = typedItems(table, dataItem);
  let reads = 0;
  const list: typeof table.list = (...args) => {
    reads += 1;
    return table.list(...args);
  };
  return {
    items: ownedItems({ ...table, list }),
    reads: () => reads,
    async add(count: number, changes: Partial<DataItem> = {}, userId = user): Promise<readonly string[]> {
      const ids = Array.from({ length: count }, () => randomUUID());
      for (const itemId of ids) {
        const base = {
          itemId,
          kind: "chart",
          name: "x",
          json: "1",
          version: 1,
          createdAt: at,
          updatedAt: at,
          changes: [],
        };
        const item: DataItem = { ...base, ...changes };
        await stored.putIfAbsent(item, [userId, item.kind, item.itemId], { writtenBy: "test" });
      }
      return ids;
    },
  };
}

async function pagesOf({ items }: ReturnType<typeof begin>, limit: number, held = false): Promise<string[][]> {
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const page = await items.page(user, "chart", { limit, after, held });
    pages.push(page.items.map(({ itemId }) => itemId));
    after = page.cursor;
  } while (after !== undefined);
  return pages;
}

describe("the items of a user", () => {
  it.each([
    [0, 5, [0]],
    [1, 5, [1]],
    [5, 5, [5]],
    [6, 5, [5, 1]],
    [10, 5, [5, 5]],
    [7, 1, [1, 1, 1, 1, 1, 1, 1]],
  ])(
    "are each on one page, in the order of their ids, and the last page leads nowhere: %d by %d",
    async (count, limit, sizes) => {
      const bench = begin();
      const ids = await bench.add(count);
      const pages = await pagesOf(bench, limit);

      expect(pages.flat()).toEqual(ids.toSorted());
      expect(pages.map(({ length }) => length)).toEqual(sizes);
    },
  );

  it("fill their pages, whatever was deleted or is held between them", async () => {
    const bench = begin();
    const ids = await bench.add(12);
    await bench.add(300, deleted);
    const held = await bench.add(12, { held: "limit_reached" });

    expect((await pagesOf(bench, 5)).map(({ length }) => length)).toEqual([5, 5, 2]);
    expect((await pagesOf(bench, 5)).flat()).toEqual(ids.toSorted());
    expect((await pagesOf(bench, 5, true)).map(({ length }) => length)).toEqual([5, 5, 2]);
    expect((await pagesOf(bench, 5, true)).flat()).toEqual(held.toSorted());
  });

  it("are read in bounded parts: a page may be empty and lead on", async () => {
    const bench = begin();
    await bench.add(2500, deleted);
    const [last = ""] = await bench.add(1, { itemId: "ffffffff-ffff-4fff-bfff-ffffffffffff" });
    const first = await bench.items.page(user, "chart", { limit: 50, held: false });

    expect([first.items.length, first.cursor !== undefined, bench.reads()]).toEqual([0, true, 20]);
    const pages = await pagesOf(bench, 50);
    expect(pages.flat()).toHaveLength(1);
    expect(last).toBeDefined();
  });

  it("are those of one kind and one user", async () => {
    const bench = begin();
    const ids = await bench.add(3);
    await bench.add(3, { kind: "chart-2" });
    await bench.add(3, {}, randomUUID());

    expect((await pagesOf(bench, 2)).flat()).toEqual(ids.toSorted());
  });

  it("are there by their ids while they stand, frozen and held ones too", async () => {
    const bench = begin();
    const leaving = { operationId, at, sequence: 1, as: "copy", toItemId: randomUUID(), name: "x" } as const;
    const standing = [
      ...(await bench.add(1)),
      ...(await bench.add(1, { held: "limit_reached" })),
      ...(await bench.add(1, { leaving })),
    ];
    const [gone = ""] = await bench.add(1, deleted);

    for (const id of standing) expect(await bench.items.item(user, "chart", id)).toMatchObject({ itemId: id });
    for (const [owner, kind, id = ""] of [
      [user, "chart", gone],
      [user, "alert", standing[0]],
      [randomUUID(), "chart", standing[0]],
      [user, "chart", randomUUID()],
    ] as const) {
      expect(await bench.items.item(owner, kind, id)).toBeUndefined();
    }
  });

  it.each(["x", toCursor("data#alert#x"), toCursor("slot#chart#000000"), `${toCursor("data#chart#x")}A`])(
    "are not listed on from where another listing has been: %s",
    async (after) => {
      await expect(begin().items.page(user, "chart", { limit: 5, after, held: false })).rejects.toThrow(InvalidCursor);
    },
  );
});

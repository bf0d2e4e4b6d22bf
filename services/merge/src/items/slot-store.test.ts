import { describe, expect, it } from "@jest/globals";
import { dataItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import {
  at,
  claim,
  claimsIn,
  fill,
  heldItem,
  item,
  itemIdOf,
  kind,
  operation,
  owner,
  upTo,
  userId,
} from "../testing/items-under-test.ts";
import { slotStore } from "./slot-store.ts";

const HOUR = 3600_000;

const taken = (table: ItemStore, count: number, { limit = 3, by = count, ms = 0 } = {}) =>
  slotStore(table).take(owner, { itemId: itemIdOf(count), operationId: operation(by), at: at(ms), limit });
const take = async (...given: Parameters<typeof taken>): Promise<number | undefined> => (await taken(...given))?.slot;

/** Items that stand with these slots, each with the number of its slot. */
const filled = async (slots: readonly number[]): Promise<MemoryItemStore> => {
  const table = memoryItemStore();
  await fill(
    table,
    slots.map((slot) => item(slot)),
  );
  return table;
};

const counted = (table: ItemStore): { readonly calls: string[]; readonly table: ItemStore } => {
  const calls: string[] = [];
  const count = <Method extends "load" | "list" | "putIfAbsent" | "replace" | "remove">(method: Method) =>
    ((...given: never) => {
      calls.push(method);
      return (table[method] as (...args: never) => unknown)(...(given as never[] as never));
    }) as ItemStore[Method];
  return {
    calls,
    table: {
      ...table,
      ...{ load: count("load"), list: count("list"), putIfAbsent: count("putIfAbsent") },
      ...{ replace: count("replace"), remove: count("remove") },
    },
  };
};

describe("a slot for an item", () => {
  it("is the one where its id says to look first, or the next one that is free", async () => {
    const table = await filled([1]);
    expect(await take(table, 31, { limit: 10 })).toBe(2);
    expect(await take(table, 39, { limit: 10 })).toBe(9);
    expect(await take(table, 49, { limit: 10 })).toBe(0);
    expect([...claimsIn(table)]).toEqual(
      [
        [0, 49],
        [1, 1],
        [2, 31],
        [9, 39],
      ].map(([slot, count]) => [slot, itemIdOf(count ?? 0)]),
    );
  });

  it("takes two calls where there is room", async () => {
    const { calls, table } = counted(await filled(upTo(20)));
    expect(await take(table, 507, { limit: 500 })).toBe(21);
    expect(calls).toEqual(["list", "putIfAbsent"]);
  });

  it("is the same for whoever asks again", async () => {
    const table = await filled([]);
    expect(await take(table, 1)).toBe(1);
    await fill(table, [item(2)]);
    const before = table.dump();
    expect(await taken(table, 1)).toEqual({ slot: 1, isFound: true });
    expect(table.dump()).toEqual(before);
  });

  it("is another for another item of the same operation, also when both go for the same", async () => {
    const table = await filled([]);
    const slots = await Promise.all([1, 4, 7].map((count) => take(table, count, { by: 800 })));
    expect(slots.toSorted()).toEqual([0, 1, 2]);
    expect(new Set(claimsIn(table).values()).size).toBe(3);
  });

  it("is not there when all are taken, and nothing is written", async () => {
    const table = await filled([0, 1, 2]);
    const before = table.dump();
    expect(await take(table, 9)).toBeUndefined();
    expect(table.dump()).toEqual(before);
  });

  it("is of its user and kind alone", async () => {
    const table = await filled([0, 1, 2]);
    const slots = slotStore(table);
    const taker = { itemId: itemIdOf(9), operationId: operation(9), at: at(0), limit: 3 };
    expect(await slots.take({ userId, kind: "alert" }, taker)).toEqual({ slot: 0, isFound: false });
    expect(await slots.take({ userId: itemIdOf(99), kind }, taker)).toEqual({ slot: 0, isFound: false });
  });

  it.each([31, 32, 33, 63, 64, 223, 224, 250])("is the last that is free of 250, which is %d", async (free) => {
    const last = free % 250;
    const table = await filled(
      upTo(250)
        .map((slot) => slot - 1)
        .filter((slot) => slot !== last),
    );
    expect(await take(table, 1120, { limit: 250 })).toBe(last);
    expect(await take(table, 1121, { limit: 250 })).toBeUndefined();
  });

  it("is looked for again when another was faster while a third one came free", async () => {
    const memory = await filled([0]);
    let isFirst = true;
    const racing: ItemStore = {
      ...memory,
      async putIfAbsent(...given) {
        if (isFirst) {
          isFirst = false;
          await fill(memory, [item(5, { slot: 1 })]);
          await slotStore(memory).giveBack(owner, 0, itemIdOf(0));
        }
        return memory.putIfAbsent(...given);
      },
    };
    expect(await take(racing, 1, { limit: 2 })).toBe(0);
  });
});

describe("a slot that nobody has any more", () => {
  const full = async (): Promise<MemoryItemStore> => filled([0, 1]);

  it("is given to whoever finds no other when its item has ended", async () => {
    const table = await full();
    const ended = { how: "deleted", at: at(0), operationId: operation(50) } as const;
    await fill(table, [item(8, { slot: 2, ended })]);
    expect(await take(table, 9)).toBe(2);
  });

  it("is given away when its item has another", async () => {
    const table = await full();
    await claim(table, 2, itemIdOf(1));
    expect(await take(table, 9)).toBe(2);
    expect(claimsIn(table).get(1)).toBe(itemIdOf(1));
  });

  it("is found wherever it is when its item has another", async () => {
    const table = await filled(upTo(499));
    await claim(table, 0, itemIdOf(300));
    expect(await take(table, 1200, { limit: 500 })).toBe(0);
  });

  it.each([
    ["does not stand", []],
    ["is held", [heldItem(8)]],
  ])("is kept for 49 hours for an item that %s: whoever claimed it may be about to write it", async (_, items) => {
    const table = await full();
    await fill(table, items);
    await claim(table, 2, itemIdOf(8));
    expect(await take(table, 9, { ms: 49 * HOUR - 1 })).toBeUndefined();
    expect(await take(table, 9, { ms: 49 * HOUR })).toBe(2);
  });

  it("is not taken from an item whose next operation has found it", async () => {
    const table = await full();
    await fill(table, [heldItem(8)]);
    await claim(table, 2, itemIdOf(8));
    expect(await take(table, 8, { by: 60, ms: 48 * HOUR })).toBe(2);
    expect(await take(table, 9, { ms: 60 * HOUR })).toBeUndefined();
  });

  it("is not taken from one that comes for it while others look whether anybody does", async () => {
    const memory = await full();
    await fill(memory, [heldItem(8)]);
    await claim(memory, 2, itemIdOf(8));
    const racing: ItemStore = {
      ...memory,
      async load(key) {
        const found = await memory.load(key);
        if (key.sk === dataItem.key(userId, kind, itemIdOf(8)).sk) await take(memory, 8, { by: 60, ms: 50 * HOUR });
        return found;
      },
    };
    expect(await take(racing, 9, { ms: 50 * HOUR })).toBeUndefined();
    expect(claimsIn(memory).get(2)).toBe(itemIdOf(8));
  });

  it("is looked for at sixteen places, other ones for each item", async () => {
    const table = await filled(upTo(100).map((slot) => slot - 1));
    const leaking = typedItems(table, dataItem);
    const stored = await leaking.load(userId, kind, itemIdOf(50));
    if (stored === undefined) throw new Error();
    const ended = { how: "deleted", at: at(0), operationId: operation(50) } as const;
    await leaking.replace(stored, { ...stored.value, ended }, { writtenBy: operation(50) });
    const far = counted(table);
    expect(await take(far.table, 1951, { limit: 100 })).toBeUndefined();
    expect(far.calls.filter((call) => call === "load")).toHaveLength(16);
    expect(await take(table, 1935, { limit: 100 })).toBe(50);
  });
});

describe("a slot that is given back", () => {
  it("is free, and giving it back once more takes nothing from whoever has it then", async () => {
    const table = await filled([1, 2]);
    const slots = slotStore(table);
    await slots.giveBack(owner, 1, itemIdOf(1));
    expect([...claimsIn(table).keys()]).toEqual([2]);
    expect(await take(table, 4)).toBe(1);
    await slots.giveBack(owner, 1, itemIdOf(1));
    expect(claimsIn(table).get(1)).toBe(itemIdOf(4));
  });

  it("is every one of an item but the one it names, over all pages, and nobody else's", async () => {
    const table = await filled(upTo(150));
    for (const slot of [0, 180, 260]) await claim(table, slot, itemIdOf(120));
    await slotStore(table).keepOnly(owner, 120, itemIdOf(120));
    expect([...claimsIn(table).keys()]).toEqual(upTo(150));
    await slotStore(table).keepOnly(owner, undefined, itemIdOf(120));
    expect([...claimsIn(table).keys()]).toEqual(upTo(150).filter((slot) => slot !== 120));
  });
});

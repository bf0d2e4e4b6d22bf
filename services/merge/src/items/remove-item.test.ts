import { describe, expect, it } from "@jest/globals";
import { memoryItemStore } from "@lanyard/storage";
import type { DataItem } from "@lanyard/user-data";
import {
  at,
  claim,
  claimsIn,
  close,
  fill,
  heldItem,
  item,
  itemIdOf,
  itemIn,
  itemsIn,
  operation,
  remove,
  save,
  upTo,
} from "../testing/items-under-test.ts";

const two = { itemId: itemIdOf(2) };
const removed = { kind: "done", output: { removedAt: at(5) }, events: [] };
const refused = (code: string, extra: object = {}) => ({ kind: "problem", code, extra, events: [] });

describe("an item that is deleted", () => {
  it("leaves a tombstone without its value for thirty days, and its slot to others", async () => {
    const table = memoryItemStore();
    await fill(table, [item(1), item(2)]);
    expect(await remove(table, 5, two)).toEqual(removed);
    const ended = { how: "deleted", at: at(5), operationId: operation(5) } as const;
    expect(itemIn(table, 2)).toEqual({ ...item(2), json: "", ended });
    expect([...claimsIn(table).keys()]).toEqual([1]);
    const deletable = Math.floor(Date.parse(at(5)) / 1000) + 30 * 24 * 3600;
    table.expireByTtl(deletable - 1);
    expect(itemsIn(table)).toHaveLength(2);
    table.expireByTtl(deletable);
    expect(itemsIn(table)).toEqual([item(1)]);
  });

  it("is deleted once: a message that comes again says the same, and takes nothing from whoever has the slot then", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2)]);
    await remove(table, 5, two);
    await save(table, 32, {}, { limit: 3 });
    expect([...claimsIn(table)]).toEqual([[2, itemIdOf(32)]]);
    const standing = table.dump();
    expect(await remove(table, 5, two)).toEqual(removed);
    expect(table.dump()).toEqual(standing);
  });

  it("has its slot given back by the next run when the first has stopped before it did", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2)]);
    const stopping = { ...table, remove: () => Promise.reject(new Error("stopped")) };
    await expect(remove(stopping, 5, two)).rejects.toThrow("stopped");
    expect([...claimsIn(table).keys()]).toEqual([2]);
    expect(await remove(table, 5, two)).toEqual(removed);
    expect([...claimsIn(table).keys()]).toEqual([]);
  });

  it("is deleted by one of sixteen", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2)]);
    const results = await Promise.all(upTo(16).map((count) => remove(table, 10 + count, two)));
    expect(results.filter(({ kind }) => kind === "done")).toHaveLength(1);
    expect(results.filter(({ kind }) => kind !== "done")).toEqual(upTo(15).map(() => refused("item_not_found")));
  });

  it("is deleted in its version alone by whoever names one", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2, { version: 4 })]);
    const conflict = refused("version_conflict", { version: 4 });
    expect(await remove(table, 5, { ...two, expectedVersion: 3 })).toEqual(conflict);
    expect(itemIn(table, 2)).toEqual(item(2, { version: 4 }));
    expect(await remove(table, 6, { ...two, expectedVersion: 4 })).toMatchObject({ kind: "done" });
  });

  it("leaves no slot behind that somebody has claimed to save it with when it was held", async () => {
    const table = memoryItemStore();
    await fill(table, [item(1), heldItem(2)]);
    await claim(table, 0, itemIdOf(2));
    expect(await remove(table, 5, two)).toEqual(removed);
    expect([...claimsIn(table).keys()]).toEqual([1]);
  });
});

describe("what is not there to be deleted", () => {
  const leaving: NonNullable<DataItem["leaving"]> = {
    operationId: operation(4),
    at: at(4),
    sequence: 1,
    as: "copy",
    toItemId: itemIdOf(77),
    name: "Report",
  };
  const ended = (how: "deleted" | "merged" | "superseded") => ({ how, at: at(4), operationId: operation(4) }) as const;

  it.each([
    ["never was", [], "item_not_found"],
    ["was deleted by another", [item(2, { ended: ended("deleted") })], "item_not_found"],
    ["has moved", [item(2, { ended: ended("merged") })], "user_merged"],
    ["has moved into another", [item(2, { ended: ended("superseded") })], "user_merged"],
    ["is about to move", [item(2, { leaving })], "user_merged"],
  ] as const)("is refused when it %s", async (_, items, code) => {
    const table = memoryItemStore();
    await fill(table, items);
    const standing = table.dump();
    expect(await remove(table, 5, two)).toEqual(refused(code));
    expect(table.dump()).toEqual(standing);
  });

  it("is deleted until it is frozen when the visitor is part of an account", async () => {
    const table = memoryItemStore();
    await fill(table, [item(1, { leaving }), item(2)]);
    await close(table);
    expect(await remove(table, 5, two)).toEqual(removed);
    expect(await remove(table, 6, { itemId: itemIdOf(1) })).toEqual(refused("user_merged"));
    expect(itemIn(table, 1)).toEqual(item(1, { leaving }));
    expect(await remove(table, 5, two)).toEqual(removed);
  });
});

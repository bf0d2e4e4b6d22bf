import { describe, expect, it } from "@jest/globals";
import { commands, dataItem, type Occurrence } from "@lanyard/contracts";
import { type ItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import type { z } from "zod";
import {
  at,
  claim,
  claimsIn,
  close,
  closed,
  fill,
  heldItem,
  item,
  itemIdOf,
  itemIn,
  itemsIn,
  kind,
  operation,
  owner,
  remove,
  save,
  upTo,
  userId,
} from "../testing/items-under-test.ts";
import type { ClosedVisitor } from "./closed-visitors.ts";
import type { ItemPlace } from "./data-item-store.ts";

const told: Occurrence = { type: "account.itemMoved", occurredAt: at(1), data: {} };

/** Moves nothing, and says what it was asked to move. */
const mover = () => {
  const moved: { place: ItemPlace; closed: ClosedVisitor }[] = [];
  return {
    moved,
    moveLateItem: async (place: ItemPlace, account: ClosedVisitor) => {
      moved.push({ place, closed: account });
      return [told];
    },
  };
};

const view = (count: number, given: object = {}) => ({
  ...{ id: itemIdOf(count), kind, name: `Name ${count}`, version: 1 },
  ...{ createdAt: at(count), updatedAt: at(count), ...given },
});

const outputOf = (result: Awaited<ReturnType<typeof save>>): z.output<typeof commands.merge.saveItem.output> =>
  commands.merge.saveItem.output.parse("output" in result ? result.output : result);

/** A table where something happens right before an item is written, once. */
const before = (table: ItemStore, happens: () => Promise<unknown>): ItemStore => {
  const writes = ["putIfAbsent", "replace"] as const;
  let hasHappened = false;
  return {
    ...table,
    ...Object.fromEntries(
      writes.map((method) => [
        method,
        async (target: { sk?: string; key?: { sk: string } }, ...given: never[]) => {
          if (!hasHappened && (target.sk ?? target.key?.sk ?? "").startsWith("data#")) {
            hasHappened = true;
            await happens();
          }
          return (table[method] as (...args: unknown[]) => unknown)(target, ...given);
        },
      ]),
    ),
  };
};

describe("an item that is made", () => {
  it("stands under its operation's id with a slot, and is answered as its user sees it", async () => {
    const table = memoryItemStore();
    const result = await save(table, 1);
    expect(result).toEqual({ kind: "done", output: { item: view(1) }, events: [] });
    expect(commands.merge.saveItem.output.parse(outputOf(result))).toEqual({ item: view(1) });
    expect(itemsIn(table)).toEqual([
      item(1, { name: "Name 1", json: '{"by":1}', createdAt: at(1), updatedAt: at(1), slot: 1 }),
    ]);
    expect([...claimsIn(table)]).toEqual([[1, itemIdOf(1)]]);
  });

  it("is one, however often its message comes, and the same is said each time", async () => {
    const table = memoryItemStore();
    const first = await save(table, 1);
    const standing = table.dump();
    expect(await save(table, 1)).toEqual(first);
    expect(table.dump()).toEqual(standing);
    const made = { kind: "done", output: { item: view(2) }, events: [] };
    expect(await Promise.all(upTo(8).map(() => save(table, 2)))).toEqual(upTo(8).map(() => made));
    expect(itemsIn(table)).toHaveLength(2);
    expect(claimsIn(table).size).toBe(2);
  });

  it("is as it was made to whoever asks again, also when it was changed or deleted since", async () => {
    const table = memoryItemStore();
    const first = await save(table, 1);
    await save(table, 2, { itemId: itemIdOf(1) });
    expect(await save(table, 1)).toEqual(first);
    await remove(table, 3, { itemId: itemIdOf(1) });
    const standing = table.dump();
    expect(await save(table, 1)).toEqual(first);
    expect(table.dump()).toEqual(standing);
  });

  it("is refused beyond the limit, and again whenever it asks; another takes what came free", async () => {
    const table = memoryItemStore();
    for (const count of [1, 2, 3]) await save(table, count);
    const refused = { kind: "problem", code: "limit_reached", extra: { limit: 3 }, events: [] };
    expect(await save(table, 4)).toEqual(refused);
    expect(await save(table, 4)).toEqual(refused);
    expect(itemIn(table, 4)).toMatchObject({
      json: "",
      changes: [],
      ended: { how: "deleted", operationId: operation(4) },
    });
    await remove(table, 5, { itemId: itemIdOf(2) });
    expect(await save(table, 4)).toEqual(refused);
    expect(await save(table, 6)).toMatchObject({ kind: "done" });
    expect(await save(table, 7)).toEqual(refused);
  });

  it("gives back the slot that a copy of its message has done without", async () => {
    const table = memoryItemStore();
    const racing = before(table, async () => {
      await fill(table, [item(11)]);
      const other = item(1, { name: "Name 1", json: '{"by":1}', createdAt: at(1), updatedAt: at(1), slot: 2 });
      await typedItems(table, dataItem).putIfAbsent(other, [userId, kind, itemIdOf(1)], {
        writtenBy: `${operation(1)}/merge.saveItem`,
      });
      await claim(table, 2, itemIdOf(1));
    });
    expect(await save(racing, 1, {}, { limit: 30 })).toMatchObject({ kind: "done", output: { item: view(1) } });
    expect([...claimsIn(table)]).toEqual([
      [2, itemIdOf(1)],
      [11, itemIdOf(11)],
    ]);
  });

  it("fails of a kind that this worker has not been told of, so that it comes again", async () => {
    const table = memoryItemStore();
    await expect(save(table, 1, { kind: "alert" })).rejects.toThrow("has not been told of the kind");
    expect(table.dump()).toEqual([]);
  });
});

describe("an item that is changed", () => {
  const two = { itemId: itemIdOf(2) };

  it("has the value that was sent and its next version", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2)]);
    const changed = { id: itemIdOf(2), version: 2, createdAt: at(0), updatedAt: at(5) };
    expect(await save(table, 5, two)).toEqual({ kind: "done", output: { item: view(5, changed) }, events: [] });
    expect(itemIn(table, 2)).toMatchObject({ name: "Name 5", json: '{"by":5}', version: 2, slot: 2 });
  });

  it("is changed once by a message that comes twice, and not back by one that comes late", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2)]);
    const first = await save(table, 5, two);
    expect(await save(table, 5, two)).toEqual(first);
    await save(table, 6, two);
    expect(await save(table, 5, two)).toEqual(first);
    for (const count of upTo(10)) await save(table, 10 + count, two);
    const standing = table.dump();
    expect(await save(table, 5, two)).toMatchObject({ kind: "done", output: { item: { name: "Name 5" } } });
    expect(table.dump()).toEqual(standing);
  });

  it("is changed by one of sixteen who have read the same version", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2)]);
    const results = await Promise.all(upTo(16).map((count) => save(table, 10 + count, { ...two, expectedVersion: 1 })));
    expect(results.filter(({ kind }) => kind === "done")).toHaveLength(1);
    const conflict = { kind: "problem", code: "version_conflict", extra: { version: 2 }, events: [] };
    expect(results.filter((result) => result.kind !== "done")).toEqual(upTo(15).map(() => conflict));
  });

  it("has all changes of sixteen who have read none", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2)]);
    const results = await Promise.all(upTo(16).map((count) => save(table, 10 + count, two)));
    const versions = results.map((result) => outputOf(result).item.version);
    expect(versions.toSorted((one, other) => one - other)).toEqual(upTo(16).map((count) => count + 1));
    expect(itemIn(table, 2)?.version).toBe(17);
  });

  it("is not found when it is another user's, or nobody's", async () => {
    const table = memoryItemStore();
    const notFound = { kind: "problem", code: "item_not_found", extra: {}, events: [] };
    expect(await save(table, 5, two)).toEqual(notFound);
    await fill(table, [item(2)]);
    expect(await save(table, 5, { ...two, userId: itemIdOf(99) })).toEqual(notFound);
    expect(itemsIn(table)).toEqual([item(2)]);
  });
});

describe("an item beyond the limit that is changed", () => {
  const eight = { itemId: itemIdOf(8) };

  it("takes a slot when there is one, and is as any other then", async () => {
    const table = memoryItemStore();
    await fill(table, [item(0), item(1), heldItem(8)]);
    const result = await save(table, 9, eight);
    expect(result).toMatchObject({ kind: "done", output: { item: { version: 2 } } });
    expect(result).not.toHaveProperty("output.item.held");
    expect(itemIn(table, 8)).toMatchObject({ slot: 2, origin: heldItem(8).origin });
    expect(claimsIn(table).get(2)).toBe(itemIdOf(8));
    expect(await save(table, 9, eight)).toEqual(result);
  });

  it("stays held when there is none", async () => {
    const table = memoryItemStore();
    await fill(table, [item(0), item(1), item(2), heldItem(8)]);
    const standing = table.dump();
    expect(await save(table, 9, eight)).toMatchObject({ kind: "problem", code: "limit_reached", extra: { limit: 3 } });
    expect(table.dump()).toEqual(standing);
  });

  it("keeps a slot that somebody is about to save it with, when another's change is refused", async () => {
    const table = memoryItemStore();
    await fill(table, [heldItem(8)]);
    const racing = before(table, async () => {
      expect(await save(table, 10, { ...eight, expectedVersion: 7 })).toMatchObject({ code: "version_conflict" });
    });
    expect(await save(racing, 9, eight)).toMatchObject({ kind: "done" });
    expect(itemIn(table, 8)).toMatchObject({ slot: 2 });
    expect([...claimsIn(table)]).toEqual([[2, itemIdOf(8)]]);
  });

  it("gives back its slot when it was deleted meanwhile", async () => {
    const table = memoryItemStore();
    await fill(table, [heldItem(8)]);
    const racing = before(table, () => remove(table, 10, eight));
    expect(await save(racing, 9, eight)).toMatchObject({ kind: "problem", code: "item_not_found" });
    expect([...claimsIn(table)]).toEqual([]);
  });
});

describe("an item of a visitor who becomes part of an account", () => {
  it("is refused when the visitor is closed before it is made, whichever run asks", async () => {
    const table = memoryItemStore();
    await close(table);
    const { moved, moveLateItem } = mover();
    const refused = { kind: "problem", code: "user_merged", extra: {}, events: [] };
    expect(await save(table, 5, {}, { moveLateItem })).toEqual(refused);
    expect(itemIn(table, 5)).toMatchObject({
      json: "",
      changes: [],
      ended: { how: "deleted", operationId: operation(5) },
    });
    expect(await save(table, 5, {}, { moveLateItem })).toEqual(refused);
    expect([moved, claimsIn(table).size]).toEqual([[], 0]);
  });

  it("is not made by a run that found the visitor open when another one was refused", async () => {
    const table = memoryItemStore();
    const racing = before(table, async () => {
      await close(table);
      expect(await save(table, 5)).toMatchObject({ code: "user_merged" });
    });
    expect(await save(racing, 5)).toMatchObject({ code: "user_merged" });
    expect([itemIn(table, 5)?.ended?.how, claimsIn(table).size]).toEqual(["deleted", 0]);
  });

  it("is moved by whoever has made it when the visitor is closed meanwhile, and told of", async () => {
    const table = memoryItemStore();
    const { moved, moveLateItem } = mover();
    const result = await save(
      before(table, () => close(table)),
      5,
      {},
      { moveLateItem },
    );
    const itemId = itemIdOf(5);
    expect(result).toMatchObject({ kind: "done", output: { item: { id: itemId, name: "Name 5" } }, events: [told] });
    expect(moved).toEqual([{ place: { ...owner, itemId }, closed }]);
  });

  it("is changed until it is frozen, and left to the merge", async () => {
    const table = memoryItemStore();
    await fill(table, [item(2)]);
    await close(table);
    const { moved, moveLateItem } = mover();
    const result = await save(table, 5, { itemId: itemIdOf(2) }, { moveLateItem });
    expect(result).toMatchObject({ kind: "done", output: { item: { version: 2 } }, events: [] });
    expect(moved).toEqual([]);
  });

  it("is moved by the next run when the one that wrote it has stopped", async () => {
    const table = memoryItemStore();
    const stopping = before(table, () => close(table));
    const moveLateItem = () => Promise.reject(new Error("stopped"));
    await expect(save(stopping, 5, {}, { moveLateItem })).rejects.toThrow("stopped");
    const next = mover();
    expect(await save(table, 5, {}, next)).toMatchObject({ kind: "done", output: { item: view(5) }, events: [told] });
    expect(next.moved).toEqual([{ place: { ...owner, itemId: itemIdOf(5) }, closed }]);
  });

  it("is moved by nobody when the visitor is none", async () => {
    const { moved, moveLateItem } = mover();
    await save(memoryItemStore(), 5, {}, { moveLateItem });
    expect(moved).toEqual([]);
  });
});

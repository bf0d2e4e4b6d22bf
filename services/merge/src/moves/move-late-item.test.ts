import { describe, expect, it } from "@jest/globals";
import { LATE_ITEMS_KEPT, MERGE_STEP_SIZE, mergeItem } from "@lanyard/contracts";
import { NotNow } from "@lanyard/messaging";
import { type ItemStore, memoryItemStore } from "@lanyard/storage";
import { copyIdOf, stands } from "@lanyard/user-data";
import { closedVisitors } from "../items/closed-visitors.ts";
import { dataItemStore } from "../items/data-item-store.ts";
import { slotStore } from "../items/slot-store.ts";
import { expectWhole } from "../testing/expect-whole.ts";
import { at, closed, itemIdOf, operation, upTo } from "../testing/items-under-test.ts";
import {
  accountId,
  accountItemIdOf,
  accounts,
  kindsWith,
  mergeAll,
  mergedAt,
  mergeId,
  mergeIn,
  own,
  ownedIn,
  tableWith,
  visitorId,
  visitors,
} from "../testing/merges-under-test.ts";
import { accountNames } from "./account-names.ts";
import { decideLateItem } from "./decide-late-item.ts";
import { opened } from "./decide-merge-step.ts";
import { mergeStore } from "./merge-store.ts";
import { moveLateItem } from "./move-late-item.ts";

/** Whoever has written the visitor's item of that number looks after it, as operation `by`. */
const late = (table: ItemStore, count: number, { by = count, kind = "configuration" } = {}) => {
  const items = dataItemStore(table);
  const deps = {
    ...{ items, slots: slotStore(table), merges: mergeStore(table), accountNames: accountNames(items) },
    ...{ kinds: kindsWith(500), brokerNow: () => Date.parse(at(by)) },
  };
  const place = { userId: visitorId, kind, itemId: itemIdOf(count) };
  return moveLateItem(deps, place, closed, `${operation(by)}/merge.saveItem`);
};
const closeIn = (table: ItemStore) => closedVisitors(table).close(visitorId, closed, { writtenBy: operation(900) });
const latestOf = (...counts: readonly number[]) => new Map(counts.map((each) => [itemIdOf(each), visitors(each)]));
const dataOf = (events: Awaited<ReturnType<typeof late>>) => events.map(({ data }) => data);

describe("an item that was written while its visitor was being closed", () => {
  it("is moved by the merge that has still to begin, whoever lays it down", async () => {
    const table = await tableWith([visitors(1), visitors(2)]);
    await closeIn(table);
    expect(await late(table, 2)).toEqual([]);
    expect(mergeIn(table)).toMatchObject({ plan: [{ itemId: itemIdOf(1) }, { itemId: itemIdOf(2) }], late: [] });

    const { output, events } = await mergeAll(table);
    expect(output).toMatchObject({ moved: 2 });
    expectWhole(table, { latest: latestOf(1, 2), told: dataOf(events).slice(0, 2) });
  });

  it("is moved by a merge that has listed too early to know it, counted and told as one of its own", async () => {
    const table = await tableWith([visitors(1)]);
    await closeIn(table);
    await late(table, 1);
    await own(table, visitorId, [visitors(2)]);
    expect(await late(table, 2)).toEqual([]);
    expect(await late(table, 2)).toEqual([]);
    expect(mergeIn(table)).toMatchObject({ late: [{ itemId: itemIdOf(2), sequence: 2 }], lastSequence: 2 });

    const { output, steps, events } = await mergeAll(table);
    expect({ output, steps }).toMatchObject({ output: { moved: 2 }, steps: 2 });
    expectWhole(table, { latest: latestOf(1, 2), told: dataOf(events).slice(0, 2) });
  });

  it("is counted and told once when the merge comes upon it after all", async () => {
    const counts = upTo(MERGE_STEP_SIZE + 5);
    const table = await tableWith(counts.map((each) => visitors(each)));
    await closeIn(table);
    await late(table, 1);
    await late(table, MERGE_STEP_SIZE + 5);
    expect(mergeIn(table)?.late).toHaveLength(1);

    const { output, events } = await mergeAll(table);
    expect(output).toMatchObject({ moved: counts.length });
    const told = dataOf(events.filter(({ type }) => type === "account.itemMoved"));
    expect(told).toHaveLength(counts.length);
    expectWhole(table, { latest: latestOf(...counts), told });
  });

  it("is moved by whoever has written it when the merge is done, with the next number, and changes none of its counts", async () => {
    const table = await tableWith([visitors(1)]);
    const { events, output } = await mergeAll(table);
    const before = mergeIn(table);
    await own(table, visitorId, [visitors(2), visitors(3)]);
    const told = [await late(table, 2), await late(table, 3)];

    expect(told.flat().map(({ type, occurredAt, data }) => ({ type, occurredAt, ...data }))).toEqual(
      [2, 3].map((each) => ({
        ...{ type: "account.itemMoved", occurredAt: at(each), mergeId, userId: accountId, visitorId },
        ...{ sequence: each, kind: "configuration", fromItemId: itemIdOf(each) },
        toItemId: copyIdOf(accountId, itemIdOf(each)),
      })),
    );
    expect(mergeIn(table)).toEqual({ ...before, late: expect.any(Array) });
    expectWhole(table, { latest: latestOf(1, 2, 3), told: [...dataOf(events).slice(0, 1), ...dataOf(told.flat())] });
    expect((await mergeAll(table)).output).toEqual(output);
    expect((await mergeAll(table)).events).toEqual(events);
  });

  it("says the same of it when the message comes again, and moves it once", async () => {
    const table = memoryItemStore();
    await mergeAll(table);
    await own(table, visitorId, [visitors(2)]);
    const told = await late(table, 2);
    const before = table.dump();

    expect(await late(table, 2)).toEqual(told);
    expect(await late(table, 2, { by: 77 })).toEqual(told);
    expect(table.dump()).toEqual(before);
  });

  it("is nothing to tell of when the merge has moved it, when the account's counts, or when it was deleted", async () => {
    const ended = { how: "deleted", at: at(0), operationId: operation(5) } as const;
    const preference = { kind: "preference", name: "Same" };
    const table = await tableWith([visitors(1), visitors(2, { json: "", ended })], [accounts(1, preference)]);
    await mergeAll(table);
    await own(table, visitorId, [visitors(3, preference)]);

    expect(await late(table, 1)).toEqual([]);
    expect(await late(table, 2)).toEqual([]);
    expect(await late(table, 3, { kind: "preference" })).toEqual([]);
    expect(await late(table, 4)).toEqual([]);
    const [superseded] = ownedIn(table, visitorId).filter(({ kind }) => kind === "preference");
    expect(superseded?.ended).toMatchObject({ how: "superseded", copyId: accountItemIdOf(1) });
  });

  it("is moved however many came after the merge, each under a number of its own", async () => {
    const table = memoryItemStore();
    await mergeAll(table);
    const many = upTo(LATE_ITEMS_KEPT + 3);
    const known = mergeIn(table);
    if (known === undefined) throw new Error("there is no merge");
    // As if all but the last few had come.
    const entries = many.slice(0, -4).map((each) => ({ kind: "alert", itemId: itemIdOf(each), sequence: each }));
    await mergeStore(table).change(mergeId, "test", (merge) => ({ kind: "change", next: { ...merge, late: entries } }));
    const last = many.slice(-4);
    await own(
      table,
      visitorId,
      last.map((each) => visitors(each)),
    );
    for (const each of last) expect(dataOf(await late(table, each))).toMatchObject([{ sequence: each }]);

    expect(mergeIn(table)?.late).toHaveLength(LATE_ITEMS_KEPT);
    expect(ownedIn(table, accountId).filter(stands)).toHaveLength(4);
  });
});

describe("too many late items at once", () => {
  it("wait until the merge has gone on", async () => {
    const found = { items: [], next: "more" };
    const merge = opened({ operationId: mergeId, visitorId, userId: accountId, mergedAt }, found);
    const full = {
      ...merge,
      late: upTo(LATE_ITEMS_KEPT).map((sequence) => ({ kind: "alert", itemId: itemIdOf(sequence), sequence })),
      lastSequence: LATE_ITEMS_KEPT,
    };
    expect(mergeItem.schema.safeParse(full).success).toBe(true);
    const kept = { itemsKept: LATE_ITEMS_KEPT };
    expect(decideLateItem(full, { kind: "alert", itemId: itemIdOf(7000) }, kept)).toEqual({ kind: "wait" });
    expect(decideLateItem(full, { kind: "alert", itemId: itemIdOf(7) }, kept)).toEqual({ kind: "planned" });

    const table = await tableWith([visitors(7000)]);
    await closeIn(table);
    await mergeStore(table).open(full, { writtenBy: "test" });
    await expect(late(table, 7000)).rejects.toBeInstanceOf(NotNow);
  });
});

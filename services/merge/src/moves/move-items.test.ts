import { describe, expect, it } from "@jest/globals";
import { MERGE_STEP_SIZE } from "@lanyard/contracts";
import { memoryItemStore } from "@lanyard/storage";
import { copyIdOf, type DataItem, stands } from "@lanyard/user-data";
import { dataItemStore } from "../items/data-item-store.ts";
import { expectWhole } from "../testing/expect-whole.ts";
import { at, itemIdOf, operation, upTo } from "../testing/items-under-test.ts";
import {
  accountId,
  accountItemIdOf,
  accounts,
  mergeAll,
  mergedAt,
  mergeId,
  mergeIn,
  mergeStep,
  ownedIn,
  slotsIn,
  tableWith,
  visitorId,
  visitors,
  workerOver,
} from "../testing/merges-under-test.ts";
import { accountNames } from "./account-names.ts";

const many = (count: number, given: Partial<DataItem> = {}) => upTo(count).map((each) => visitors(each, given));
const latestOf = (items: readonly DataItem[]) => new Map(items.map((item) => [item.itemId, item]));
const toldIn = ({ events }: Awaited<ReturnType<typeof mergeAll>>) =>
  events.filter(({ type }) => type === "account.itemMoved").map(({ data }) => data);
const namesIn = (table: Parameters<typeof ownedIn>[0]): readonly string[] =>
  ownedIn(table, accountId)
    .filter(stands)
    .map(({ name }) => name)
    .sort();

describe("what a visitor owns", () => {
  it("becomes the account's, with its times, and is told item by item and then as a whole", async () => {
    const items = many(3);
    const table = await tableWith(items);
    const merged = await mergeAll(table);

    expect(merged.steps).toBe(1);
    const counts = { moved: 3, skipped: 0, held: 0 };
    expect(merged.output).toEqual({ ...counts, byKind: { configuration: counts } });
    expectWhole(table, { latest: latestOf(items), told: toldIn(merged) });
    const ids = { mergeId, userId: accountId, visitorId };
    expect(toldIn(merged)).toEqual(
      upTo(3).map((each) => ({
        ...{ ...ids, sequence: each, kind: "configuration" },
        ...{ fromItemId: itemIdOf(each), toItemId: copyIdOf(accountId, itemIdOf(each)) },
      })),
    );
    expect(merged.events.at(-1)).toMatchObject({
      type: "account.merged",
      data: { ...ids, ...counts, lastSequence: 3 },
    });
    expect(ownedIn(table, accountId)[0]?.origin).toEqual({
      itemId: expect.any(String),
      mergedAt,
      operationId: mergeId,
    });
    expect(slotsIn(table, visitorId).size).toBe(0);
    expect(slotsIn(table, accountId).size).toBe(3);
  });

  it("may be nothing", async () => {
    const table = memoryItemStore();
    const merged = await mergeAll(table);

    expect(merged).toMatchObject({ steps: 1, output: { moved: 0, skipped: 0, held: 0, byKind: {} } });
    expect(merged.events.map(({ type }) => type)).toEqual(["account.merged"]);
    expectWhole(table, { latest: new Map(), told: [] });
  });

  it("moves in bounded steps however much it is, and says how far it is", async () => {
    const items = many(3 * MERGE_STEP_SIZE + 1);
    const table = await tableWith(items);
    const merged = await mergeAll(table);

    expect(merged.steps).toBe(4);
    expect(merged.progress).toEqual([1, 2, 3].map((steps) => ({ moved: steps * MERGE_STEP_SIZE, skipped: 0 })));
    expectWhole(table, { latest: latestOf(items), told: toldIn(merged) });
    expect(toldIn(merged).map(({ sequence }) => sequence)).toEqual(upTo(items.length));
  });

  it("is not what it has deleted, however many tombstones lie before the rest", async () => {
    const ended = { how: "deleted", at: at(0), operationId: operation(1) } as const;
    const table = await tableWith([...many(12 * MERGE_STEP_SIZE, { json: "", ended }), visitors(4000)]);
    const merged = await mergeAll(table);

    expect(merged.output).toMatchObject({ moved: 1 });
    expectWhole(table, { latest: latestOf([visitors(4000)]), told: toldIn(merged) });
  });

  it("is named by one account's merge and by no other's", async () => {
    const table = await tableWith(many(1));
    await mergeAll(table);
    const handler = workerOver(table)("merge.moveItems");

    await expect(mergeStep(handler, undefined, 901)).rejects.toThrow("another operation merges this visitor");
  });
});

describe("an item of a name that the account has too", () => {
  const conflict = (kind: string, visitorAt: number, accountAt: number) =>
    tableWith(
      [visitors(1, { kind, name: "Report", updatedAt: at(visitorAt) })],
      [accounts(1, { kind, name: "Report", updatedAt: at(accountAt), version: 4 })],
    );
  const only = (table: Parameters<typeof ownedIn>[0], userId: string): DataItem => {
    const [item, ...more] = ownedIn(table, userId);
    if (item === undefined || more.length > 0) throw new Error(`${more.length + 1} items`);
    return item;
  };

  it("is renamed by keep-both, and says what it was called", async () => {
    const table = await conflict("configuration", 9, 5);
    const merged = await mergeAll(table);

    expect(namesIn(table)).toEqual(["Report", "Report (2)"]);
    const copy = ownedIn(table, accountId).find(({ origin }) => origin !== undefined);
    expect(copy).toMatchObject({ name: "Report (2)", origin: { renamedFrom: "Report" }, json: '{"of":1}' });
    expect(merged.output).toMatchObject({ moved: 1, skipped: 0 });
  });

  it("gives way by keep-account: its value stays at its tombstone, and nothing is told of it", async () => {
    const table = await conflict("preference", 9, 5);
    const merged = await mergeAll(table);

    expect(only(table, accountId)).toMatchObject({ json: '{"of":4097}', version: 4 });
    expect(only(table, visitorId)).toMatchObject({
      json: '{"of":1}',
      ended: { how: "superseded", copyId: accountItemIdOf(1) },
    });
    expect(merged.output).toMatchObject({ moved: 0, skipped: 1, byKind: { preference: { skipped: 1 } } });
    expect(toldIn(merged)).toEqual([]);
  });

  it("gives the account's item its value by keep-newest when it is newer, as a change of that", async () => {
    const table = await conflict("alert", 9, 5);
    const merged = await mergeAll(table);

    expect(only(table, accountId)).toMatchObject({
      ...{ json: '{"of":1}', version: 5, updatedAt: at(9), itemId: accountItemIdOf(1) },
      changes: [{}, { operationId: mergeId, version: 5, fromItemId: itemIdOf(1) }],
    });
    expect(only(table, visitorId).ended).toMatchObject({ how: "merged", copyId: accountItemIdOf(1) });
    expect(merged.output).toMatchObject({ moved: 1, skipped: 0 });
    expect(toldIn(merged)).toMatchObject([{ fromItemId: itemIdOf(1), toItemId: accountItemIdOf(1) }]);
  });

  it.each([
    ["older", 5, 9],
    ["as old", 5, 5],
  ])("gives way by keep-newest when it is %s", async (_, visitorAt, accountAt) => {
    const table = await conflict("alert", visitorAt, accountAt);
    const merged = await mergeAll(table);

    expect(only(table, accountId)).toMatchObject({ json: '{"of":4097}', version: 4, updatedAt: at(accountAt) });
    expect(merged.output).toMatchObject({ moved: 0, skipped: 1 });
  });

  it("of a kind that is no longer declared is renamed, and nothing limits it", async () => {
    const table = await conflict("retired", 9, 5);
    const merged = await mergeAll(table, { limit: 1 });

    expect(namesIn(table)).toEqual(["Report", "Report (2)"]);
    expect(merged.output).toMatchObject({ moved: 1, held: 0 });
    expect(slotsIn(table, accountId, "retired").size).toBe(1);
  });

  it.each(["configuration", "preference", "alert"])(
    "is none when only the visitor has several of it: %s",
    async (kind) => {
      const items = many(3, { kind, name: "Report" });
      const table = await tableWith(items);
      const merged = await mergeAll(table);

      expect(namesIn(table)).toEqual(["Report", "Report", "Report"]);
      expectWhole(table, { latest: latestOf(items), told: toldIn(merged) });
    },
  );

  it("is renamed to what no other renamed one is called, also when the names were forgotten between", async () => {
    const items = many(2 * MERGE_STEP_SIZE, { name: "Report" });
    const table = await tableWith(items, [accounts(1, { name: "Report" })]);
    let cursor: Parameters<typeof mergeStep>[1];
    for (let step = 1; step <= 2; step += 1) {
      const result = await mergeStep(workerOver(table)("merge.moveItems"), cursor);
      if (result.kind === "again") cursor = result.cursor;
    }

    expect(new Set(namesIn(table)).size).toBe(items.length + 1);
    expect(namesIn(table)).toContain(`Report (${items.length + 1})`);
  });

  it("takes the newest of several by keep-newest, in whichever order they move", async () => {
    const times = [3, 9, 6, 1];
    const items = times.map((ms, index) => visitors(index + 1, { kind: "alert", name: "A", updatedAt: at(ms) }));
    const table = await tableWith(items, [accounts(1, { kind: "alert", name: "A", updatedAt: at(2) })]);
    const merged = await mergeAll(table);

    expect(only(table, accountId)).toMatchObject({ json: '{"of":2}', updatedAt: at(9) });
    expectWhole(table, { latest: latestOf(items), told: toldIn(merged) });
  });

  it("is copied when its user has deleted the account's since it was looked at", async () => {
    for (const kind of ["preference", "alert"]) {
      const table = await conflict(kind, 9, 5);
      const { names } = await namesReadFrom(table, kind);
      const worker = workerOver(table, { names });
      await worker("merge.removeItem").run(removal(kind, accountItemIdOf(1)));
      const merged = await mergeAll(table, { names });

      expect(namesIn(table)).toEqual(["Report"]);
      expect(merged.output).toMatchObject({ moved: 1, skipped: 0 });
      expectWhole(table, {
        latest: latestOf([visitors(1, { kind, name: "Report", updatedAt: at(9) })]),
        told: toldIn(merged),
      });
    }
  });

  it("gives way by keep-newest when the account's was changed since it was looked at", async () => {
    const table = await conflict("alert", 9, 5);
    const { names } = await namesReadFrom(table, "alert");
    const { saveItem } = saving;
    await workerOver(table, { names })("merge.saveItem").run(saveItem("alert", accountItemIdOf(1), 20));
    const merged = await mergeAll(table, { names });

    expect(only(table, accountId)).toMatchObject({ json: "20", updatedAt: at(20) });
    expect(merged.output).toMatchObject({ moved: 0, skipped: 1 });
  });
});

describe("what the account's limits cannot take", () => {
  it("is held: moved and counted, without a slot", async () => {
    const items = many(5);
    const table = await tableWith(items, [accounts(1), accounts(2)]);
    const merged = await mergeAll(table, { limit: 4 });

    const counts = { moved: 5, skipped: 0, held: 3 };
    expect(merged.output).toEqual({ ...counts, byKind: { configuration: counts } });
    const heldOnes = ownedIn(table, accountId).filter(({ held }) => held === "limit_reached");
    expect(heldOnes).toHaveLength(3);
    expect(heldOnes.every(({ slot }) => slot === undefined)).toBe(true);
    expect(slotsIn(table, accountId).size).toBe(4);
    expectWhole(table, { latest: latestOf(items), told: toldIn(merged) });
  });

  it("is as much as there is too much of each kind", async () => {
    const items = [...many(3), ...upTo(2).map((each) => visitors(each + 10, { kind: "alert" }))];
    const table = await tableWith(items);
    const merged = await mergeAll(table, { limit: 2 });

    expect(merged.output).toMatchObject({
      byKind: { configuration: { moved: 3, held: 1 }, alert: { moved: 2, held: 0 } },
    });
  });
});

describe("a copy that its user has deleted", () => {
  it("is not made again when the message comes back", async () => {
    const table = await tableWith(many(2));
    const stopped = { ...table, replace: table.replace };
    // The first copy stands, its tombstone does not.
    stopped.replace = async (current, value, options) => {
      if ("ended" in value) throw new Error("died");
      return table.replace(current, value, options);
    };
    await expect(mergeAll(stopped)).rejects.toThrow("died");
    const [copy] = ownedIn(table, accountId);
    await workerOver(table)("merge.removeItem").run(removal("configuration", copy?.itemId ?? ""));
    const merged = await mergeAll(table);

    expect(ownedIn(table, accountId).filter(stands)).toHaveLength(1);
    expect(merged.output).toMatchObject({ moved: 2 });
    expect(slotsIn(table, accountId).size).toBe(1);
  });
});

describe("a step that comes again", () => {
  it("says the same and writes nothing while its successor is to come, and nothing once that has been", async () => {
    const items = many(3 * MERGE_STEP_SIZE);
    const table = await tableWith(items);
    const step = (cursor?: Parameters<typeof mergeStep>[1]) =>
      mergeStep(workerOver(table, { now: () => Date.parse(at(999_999)) })("merge.moveItems"), cursor);
    const first = await mergeStep(workerOver(table)("merge.moveItems"));
    const before = table.dump();

    expect(first).toMatchObject({ kind: "again", cursor: { step: 1 } });
    expect(await step()).toEqual(first);
    expect(table.dump()).toEqual(before);
    const second = await step({ step: 1 });
    expect(await step()).toEqual({ kind: "superseded", events: [] });
    expect(await step({ step: 1 })).toEqual(second);
    const last = await step({ step: 2 });
    expect(last).toMatchObject({ kind: "done", output: { moved: items.length } });
    expect(await step({ step: 2 })).toEqual(last);
  });

  it("cannot come before its turn", async () => {
    const table = await tableWith(many(1));
    const handler = workerOver(table)("merge.moveItems");
    await expect(mergeStep(handler, { step: 1 })).rejects.toThrow("before its turn");
    await mergeAll(table);
    await expect(mergeStep(handler, { step: 1 })).rejects.toThrow("before its turn");
    expect(mergeIn(table)).toMatchObject({ step: 1, moved: 1 });
  });
});

describe("a merge of much", () => {
  it("holds a page of it at a time", async () => {
    const table = await tableWith(
      many(150),
      upTo(150).map((each) => accounts(each)),
    );
    const asked: (number | undefined)[] = [];
    const given: number[] = [];
    const watched = {
      ...table,
      list: async (...args: Parameters<typeof table.list>) => {
        const page = await table.list(...args);
        asked.push(args[1]?.limit);
        given.push(page.items.length);
        return page;
      },
    };
    await mergeAll(watched, { limit: 1000 });

    expect(asked.every((limit) => limit !== undefined && limit <= 100)).toBe(true);
    expect(Math.max(...given)).toBeLessThanOrEqual(100);
    expect(JSON.stringify(mergeIn(table)).length).toBeLessThan(16_000);
  });

  it("reads the account's names once", async () => {
    const table = await tableWith(many(60), [accounts(1)]);
    let reads = 0;
    const watched = {
      ...table,
      list: (...args: Parameters<typeof table.list>) => {
        if (args[0] === `user#${accountId}` && args[1]?.skPrefix?.startsWith("data#")) reads += 1;
        return table.list(...args);
      },
    };
    await mergeAll(watched);

    expect(reads).toBe(1);
  });
});

const saving = {
  saveItem: (kind: string, itemId: string, count: number) => ({
    ...removal(kind, itemId),
    operationId: operation(count),
    writtenBy: `${operation(count)}/save`,
    input: { userId: accountId, kind, itemId, name: "Report", json: String(count) },
    receivedAt: at(count),
  }),
};

/** The account's user deletes an item. */
function removal(kind: string, itemId: string) {
  return {
    operationId: operation(700),
    writtenBy: `${operation(700)}/remove`,
    input: { userId: accountId, kind, itemId },
    caller: { kind: "user", userId: accountId },
    client: { ip: "192.0.2.1" },
    derivationKid: "k1",
    receivedAt: at(10),
    cursor: undefined,
    deriveUuid: () => itemIdOf(0),
  } as const;
}

/** Names as a merge has read them before something changed. */
async function namesReadFrom(table: Parameters<typeof ownedIn>[0], kind: string) {
  const names = accountNames(dataItemStore(table));
  await names.of({ operationId: mergeId, userId: accountId }, kind);
  return { names };
}

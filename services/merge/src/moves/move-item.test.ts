import { describe, expect, it } from "@jest/globals";
import type { ItemStore, MemoryItemStore } from "@lanyard/storage";
import { stands } from "@lanyard/user-data";
import { expectWhole } from "../testing/expect-whole.ts";
import { at, itemIdOf, operation } from "../testing/items-under-test.ts";
import {
  accountId,
  accountItemIdOf,
  accounts,
  mergeAll,
  ownedIn,
  slotsIn,
  tableWith,
  visitors,
  workerOver,
} from "../testing/merges-under-test.ts";

/** A table on which the first call of that kind, and all that follow it, wait until they are let go on. */
function heldAt(table: ItemStore, method: "putIfAbsent" | "replace" | "list", is: (...given: unknown[]) => boolean) {
  let letGo = (): void => {};
  let arrive = (): void => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const held = async (...given: unknown[]): Promise<unknown> => {
    if (is(...given)) {
      arrive();
      await gate;
    }
    return (table[method] as (...args: unknown[]) => Promise<unknown>)(...given);
  };
  return { table: { ...table, [method]: held } as ItemStore, arrived, letGo };
}

const isTombstone = (_: unknown, value: unknown): boolean =>
  typeof value === "object" && value !== null && "ended" in value;
const toldIn = ({ events }: Awaited<ReturnType<typeof mergeAll>>) =>
  events.filter(({ type }) => type === "account.itemMoved").map(({ data }) => data);

/** The account's user deletes an item. */
const remove = (table: MemoryItemStore, kind: string, itemId: string) =>
  workerOver(table)("merge.removeItem").run({
    operationId: operation(700),
    writtenBy: `${operation(700)}/merge.removeItem`,
    input: { userId: accountId, kind, itemId },
    caller: { kind: "user", userId: accountId },
    client: { ip: "192.0.2.1" },
    derivationKid: "k1",
    receivedAt: at(10),
    cursor: undefined,
    deriveUuid: () => itemIdOf(0),
  });

describe("two runs that see the account's item differently", () => {
  const source = visitors(1, { kind: "preference", name: "Same" });

  /** One has seen it stand and is about to end the visitor's; the other finds it deleted and is about to write. */
  async function both() {
    const table = await tableWith([source], [accounts(1, { kind: "preference", name: "Same" })]);
    const one = heldAt(table, "replace", isTombstone);
    const first = mergeAll(one.table);
    await one.arrived;
    await remove(table, "preference", accountItemIdOf(1));
    const other = heldAt(table, "replace", () => true);
    const second = mergeAll(other.table);
    await other.arrived;
    return { table, one: { ...one, done: first }, other: { ...other, done: second } };
  }

  it.each(["ends", "redirects"])("do the one thing that was laid down first: one %s it first", async (which) => {
    const { table, one, other } = await both();
    const inOrder = which === "ends" ? [one, other] : [other, one];
    const results: Awaited<ReturnType<typeof mergeAll>>[] = [];
    for (const { letGo, done } of inOrder) {
      letGo();
      results.push(await done);
    }

    const [first, second] = results;
    expect(second).toEqual(first);
    expect(first?.output).toMatchObject(which === "ends" ? { moved: 0, skipped: 1 } : { moved: 1, skipped: 0 });
    expect(ownedIn(table, accountId).filter(stands)).toHaveLength(which === "ends" ? 0 : 1);
    expectWhole(table, { latest: new Map([[source.itemId, source]]), told: results.flatMap(toldIn) });
  });
});

describe("a run that takes a slot for a copy that was made and deleted meanwhile", () => {
  it("gives it back", async () => {
    const table = await tableWith([visitors(1)]);
    const slow = heldAt(table, "list", (_, options) => JSON.stringify(options).includes("slot#"));
    const first = mergeAll(slow.table);
    await slow.arrived;
    await mergeAll(table);
    const [copy] = ownedIn(table, accountId);
    await remove(table, "configuration", copy?.itemId ?? "");
    expect(slotsIn(table, accountId).size).toBe(0);
    slow.letGo();
    await first;

    expect(slotsIn(table, accountId).size).toBe(0);
    expect(ownedIn(table, accountId).filter(stands)).toEqual([]);
  });
});

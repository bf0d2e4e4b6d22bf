import { closedVisitorItem, commands, dataItem, dataSlotItem, type Json, mergeItem } from "@lanyard/contracts";
import type { Handler } from "@lanyard/messaging";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { type DataItem, type DataKinds, kindsOf } from "@lanyard/user-data";
import { handlers } from "../handlers.ts";
import { closedVisitors } from "../items/closed-visitors.ts";
import { dataItemStore } from "../items/data-item-store.ts";
import { slotStore } from "../items/slot-store.ts";
import { type AccountNames, accountNames } from "../moves/account-names.ts";
import { type Merge, mergeStore } from "../moves/merge-store.ts";
import { accountId, at, item, itemIdOf, operation, userId as visitorId } from "./items-under-test.ts";

export { accountId, visitorId };

export const MERGE = 900;
export const mergeId = operation(MERGE);
export const mergedAt = at(0);

/** A kind for each rule; of what was declared once, `retired`, nothing is known any more. */
export const kindsWith = (maxItems: number): DataKinds =>
  kindsOf({
    configuration: { conflict: "keep-both", maxItems },
    preference: { conflict: "keep-account", maxItems },
    alert: { conflict: "keep-newest", maxItems },
  });

/** The visitor's item of that number, and an account's under another id. */
export const visitors = (count: number, given: Partial<DataItem> = {}): DataItem => ofNumber(count, given);
export const accounts = (count: number, given: Partial<DataItem> = {}): DataItem => ofNumber(count + 0x1000, given);
const ofNumber = (count: number, given: Partial<DataItem>): DataItem =>
  item(count, { name: `Name ${count % 0x1000}`, json: JSON.stringify({ of: count }), ...given });
export const accountItemIdOf = (count: number): string => itemIdOf(count + 0x1000);

/** Puts items into a table with the slots that they name: each the next one of its kind. */
export async function own(table: ItemStore, userId: string, items: readonly DataItem[]): Promise<void> {
  const slots = new Map<string, number>();
  for (const each of items) {
    const { itemId, kind } = each;
    const slot = slots.get(kind) ?? 0;
    slots.set(kind, slot + 1);
    const { held } = each;
    const { slot: _, ...rest } = each;
    const value = held === undefined ? { ...rest, slot } : rest;
    await typedItems(table, dataItem).putIfAbsent(value, [userId, kind, itemId], { writtenBy: operation(0) });
    const claim = { itemId, operationId: operation(0), at: at(0) };
    if (held !== undefined) continue;
    await typedItems(table, dataSlotItem).putIfAbsent(claim, [userId, kind, slot], { writtenBy: operation(0) });
  }
}

/** A table in which a visitor and an account own something. */
export async function tableWith(
  visitor: readonly DataItem[],
  account: readonly DataItem[] = [],
  table: MemoryItemStore = memoryItemStore(),
): Promise<MemoryItemStore> {
  await own(table, visitorId, visitor);
  await own(table, accountId, account);
  return table;
}

/** One process of the worker over a table: its handlers by command, with what it keeps in memory. */
export function workerOver(
  table: ItemStore,
  {
    limit = 500,
    names = accountNames(dataItemStore(table)),
    now = () => Date.parse(at(60_000)),
  }: { limit?: number; names?: AccountNames; now?: () => number } = {},
): (command: string) => Handler {
  const all = handlers({
    items: dataItemStore(table),
    slots: slotStore(table),
    closedVisitors: closedVisitors(table),
    merges: mergeStore(table),
    accountNames: names,
    kinds: kindsWith(limit),
    brokerNow: now,
  });
  return (command) => {
    const handler = all.find((each) => each.command.name === command);
    if (handler === undefined) throw new Error(`no handler of ${command}`);
    return handler;
  };
}

export type Result = Awaited<ReturnType<Handler["run"]>>;

/** Carries out the message of one step, without a cursor the first. */
export const mergeStep = (handler: Handler, cursor?: Json, mergeCount = MERGE): Promise<Result> =>
  handler.run({
    operationId: operation(mergeCount),
    writtenBy: `${operation(mergeCount)}/${handler.command.name}${cursor === undefined ? "" : `@${JSON.stringify(cursor)}`}`,
    input: commands.merge.moveItems.input.parse({ userId: accountId, visitorId, mergedAt }),
    caller: { kind: "user", userId: accountId },
    client: { ip: "192.0.2.1" },
    receivedAt: mergedAt,
    cursor,
    derivationKid: "k1",
    deriveUuid: () => itemIdOf(0),
  });

/** Carries out all steps, one after the other. */
export async function mergeAll(table: ItemStore, options: Parameters<typeof workerOver>[1] = {}) {
  const handler = workerOver(table, options)("merge.moveItems");
  const events: Result["events"][number][] = [];
  const progress: unknown[] = [];
  let cursor: Json | undefined;
  for (let steps = 1; ; steps += 1) {
    const result = await mergeStep(handler, cursor);
    events.push(...result.events);
    if (result.kind === "done") return { steps, output: result.output, events, progress };
    if (result.kind !== "again") throw new Error(result.kind);
    progress.push(result.progress);
    cursor = result.cursor;
  }
}

/** What a user owns by itself, tombstones too. */
export const ownedIn = (table: MemoryItemStore, userId: string): readonly DataItem[] =>
  table
    .dump()
    .filter(({ key }) => key.pk === `user#${userId}` && key.sk.startsWith("data#"))
    .map(({ value }) => dataItem.schema.parse(value));

export const mergeIn = (table: MemoryItemStore): Merge | undefined =>
  table
    .dump()
    .filter(({ key }) => key.pk === `merge#${mergeId}`)
    .map(({ value }) => mergeItem.schema.parse(value))[0];

export const closedIn = (table: MemoryItemStore): boolean =>
  table.dump().some(({ key }) => key.pk === `user#${visitorId}` && key.sk === closedVisitorItem.key("").sk);

/** By number, which item has which slot of a user's kind. */
export const slotsIn = (table: MemoryItemStore, userId: string, kind?: string): ReadonlyMap<string, string> =>
  new Map(
    table
      .dump()
      .filter(({ key }) => key.pk === `user#${userId}` && key.sk.startsWith(`slot#${kind ?? ""}`))
      .map(({ key, value }) => [key.sk, String(value["itemId"])]),
  );

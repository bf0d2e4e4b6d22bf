import { closedVisitorItem, dataItem, dataSlotItem } from "@lanyard/contracts";
import type { Handler } from "@lanyard/messaging";
import { type ItemStore, type MemoryItemStore, typedItems } from "@lanyard/storage";
import { type DataItem, kindsOf } from "@lanyard/user-data";
import { type ClosedVisitor, closedVisitors } from "../items/closed-visitors.ts";
import { dataItemStore } from "../items/data-item-store.ts";
import { removeItem } from "../items/remove-item.ts";
import { type SaveItemDeps, saveItem } from "../items/save-item.ts";
import { slotStore } from "../items/slot-store.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");

/** A moment, in milliseconds after noon, ISO 8601. */
export const at = (ms: number): string => new Date(noon + ms).toISOString();
export const operation = (count: number): string => `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
/** The item that operation `count` makes; it looks first at slot `count` of a limit above that. */
export const itemIdOf = (count: number): string => `1c7a7b4f-8b1f-8a6c-8d2e-${count.toString(16).padStart(12, "0")}`;
export const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
export const accountId = "4f8b8c5a-9c2a-8b7d-8e3f-4a5b6c7d8e9f";
export const kind = "configuration";
export const owner = { userId, kind };
/** The visitor is closed by operation 900. */
export const closed: ClosedVisitor = { userId: accountId, operationId: operation(900), mergedAt: at(0) };

export const item = (count: number, given: Partial<DataItem> = {}): DataItem => ({
  itemId: itemIdOf(count),
  kind,
  name: "Report",
  json: "{}",
  version: 1,
  createdAt: at(0),
  updatedAt: at(0),
  changes: [{ operationId: operation(count), version: 1 }],
  slot: count,
  ...given,
});

/** A copy that a merge has put beyond the limit. */
export const heldItem = (count: number): DataItem => {
  const { slot: _, ...rest } = item(count);
  return {
    ...rest,
    held: "limit_reached",
    changes: [{ operationId: operation(800), version: 1, fromItemId: itemIdOf(count + 5000) }],
    origin: { itemId: itemIdOf(count + 5000), mergedAt: at(0), operationId: operation(800) },
  };
};

/** Puts items into a table, each with the slot that it names. */
export async function fill(table: ItemStore, items: readonly DataItem[]): Promise<void> {
  for (const each of items) {
    const { itemId, slot } = each;
    await typedItems(table, dataItem).putIfAbsent(each, [userId, kind, itemId], { writtenBy: operation(0) });
    if (slot !== undefined) await claim(table, slot, itemId);
  }
}

/** Puts a slot's item there, whatever becomes of it. */
export async function claim(table: ItemStore, slot: number, itemId: string, claimedAt = at(0)): Promise<void> {
  const value = { itemId, operationId: operation(0), at: claimedAt };
  await typedItems(table, dataSlotItem).putIfAbsent(value, [userId, kind, slot], { writtenBy: operation(0) });
}

export const close = async (table: ItemStore): Promise<void> => {
  await typedItems(table, closedVisitorItem).putIfAbsent(closed, [userId], { writtenBy: operation(900) });
};

/** Which item has which slot. */
export const claimsIn = (table: MemoryItemStore): ReadonlyMap<number, string> =>
  new Map(
    table
      .dump()
      .filter(({ key }) => key.sk.startsWith("slot#"))
      .map(({ key, value }) => [Number(key.sk.slice(-6)), String(value["itemId"])]),
  );

/** All items, those that have ended too. */
export const itemsIn = (table: MemoryItemStore): readonly DataItem[] =>
  table
    .dump()
    .filter(({ key }) => key.sk.startsWith("data#"))
    .map(({ value }) => dataItem.schema.parse(value));

export const itemIn = (table: MemoryItemStore, count: number): DataItem | undefined =>
  itemsIn(table).find(({ itemId }) => itemId === itemIdOf(count));

/** Both commands over a table; of a closed visitor's items nothing moves unless `moveLateItem` is given. */
export const commandsOver = (
  table: ItemStore,
  { limit = 3, moveLateItem = async () => [] }: { limit?: number; moveLateItem?: SaveItemDeps["moveLateItem"] } = {},
): { readonly save: Handler; readonly remove: Handler } => {
  const stores = {
    items: dataItemStore(table),
    slots: slotStore(table),
    closedVisitors: closedVisitors(table),
  };
  const kinds = kindsOf({ [kind]: { maxItems: limit } });
  return { save: saveItem({ ...stores, kinds, moveLateItem }), remove: removeItem(stores) };
};

/** Carries a command out once, as operation `count`, received as many milliseconds after noon. */
export const runOnce = (handler: Handler, count: number, input: object): ReturnType<Handler["run"]> =>
  handler.run({
    operationId: operation(count),
    writtenBy: `${operation(count)}/${handler.command.name}`,
    input: handler.command.input.parse({ ...owner, ...input }),
    caller: { kind: "user", userId },
    client: { ip: "192.0.2.1" },
    receivedAt: at(count),
    cursor: undefined,
    derivationKid: "k1",
    deriveUuid: () => itemIdOf(count),
  });

export const save = (
  table: ItemStore,
  count: number,
  input: object = {},
  options?: Parameters<typeof commandsOver>[1],
) => runOnce(commandsOver(table, options).save, count, { name: `Name ${count}`, json: `{"by":${count}}`, ...input });

export const remove = (table: ItemStore, count: number, input: object) =>
  runOnce(commandsOver(table).remove, count, input);

export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

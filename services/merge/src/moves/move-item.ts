import { CHANGES_KEPT } from "@lanyard/contracts";
import { copyIdOf, type DataItem, type DataKinds, stands } from "@lanyard/user-data";
import type { DataItemStore, ItemPlace } from "../items/data-item-store.ts";
import type { SlotStore } from "../items/slot-store.ts";
import type { AccountNames } from "./account-names.ts";
import {
  type Carried,
  copyOf,
  decideFreeze,
  decideFrozen,
  decideOverwrite,
  type Leaving,
  type MergeOfItem,
} from "./decide-item-move.ts";
import { type MovedItem, movedItemOf } from "./moved-item.ts";

export interface MoveItemDeps {
  readonly items: Pick<DataItemStore, "load" | "putIfAbsent" | "change">;
  readonly slots: Pick<SlotStore, "take" | "giveBack">;
  readonly accountNames: AccountNames;
  readonly kinds: DataKinds;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}

/**
 * Moves one item of a visitor to the account: frozen with its value and with what becomes of it, then copied, then ended as
 * the tombstone of what it was; the slot that it had is free again. Whoever repeats it, or does it at the same time, follows the
 * freeze that stands. Gives what has become of the item, whoever has moved it; `undefined`: its user has deleted it.
 */
export async function moveItem(
  deps: MoveItemDeps,
  place: ItemPlace,
  merge: MergeOfItem,
  { sequence, writtenBy }: { readonly sequence: number; readonly writtenBy: string },
): Promise<MovedItem | undefined> {
  const { items, slots, brokerNow } = deps;
  const own = `${writtenBy}/${place.itemId}`;
  let item = await freeze(deps, place, merge, { sequence, writtenBy: own });
  while (item !== undefined && item.ended === undefined) {
    const carried = await carryOut(deps, item, merge, own);
    const at = new Date(brokerNow()).toISOString();
    item = (await items.change(place, own, (current) => decideFrozen(current, carried, merge, at))).value;
  }
  if (item?.slot !== undefined) await slots.giveBack(place, item.slot, place.itemId);
  return item && movedItemOf(item);
}

async function freeze(
  { items, accountNames, kinds, brokerNow }: MoveItemDeps,
  place: ItemPlace,
  merge: MergeOfItem,
  { sequence, writtenBy }: { readonly sequence: number; readonly writtenBy: string },
): Promise<DataItem | undefined> {
  const names = await accountNames.of(merge, place.kind);
  // What is no longer declared has nobody who could say that something of it may go.
  const rule = kinds.get(place.kind)?.conflict ?? "keep-both";
  const at = new Date(brokerNow()).toISOString();
  const copyId = copyIdOf(merge.userId, place.itemId);
  const decideMove = (item: DataItem) => names.decide(item, rule);
  const { value } = await items.change(place, writtenBy, (item) =>
    decideFreeze(item, merge, { sequence, at, copyId, decideMove }),
  );
  if (value?.leaving?.as === "copy") names.give(value.leaving.name, value.itemId);
  return value;
}

/**
 * Does what a freeze says. Where the account's item is no more what it was, something else is laid down before that is done:
 * two runs that have seen it differently would do both.
 */
async function carryOut(deps: MoveItemDeps, item: DataItem, merge: MergeOfItem, writtenBy: string): Promise<Carried> {
  const { leaving } = item;
  if (leaving === undefined) throw new Error("an item that is to move is not frozen");
  const target = { userId: merge.userId, kind: item.kind, itemId: leaving.toItemId };
  const asCopy = { as: "copy", toItemId: copyIdOf(merge.userId, item.itemId) } as const;
  switch (leaving.as) {
    case "copy":
      return { kind: "carried-out", leaving, held: (await copy(deps, { item, leaving, merge, writtenBy })).held };
    case "skip":
      return stands(await deps.items.load(target))
        ? { kind: "carried-out", leaving, held: undefined }
        : { kind: "redirected", leaving, to: asCopy };
    case "overwrite": {
      const { decision } = await deps.items.change(target, writtenBy, (current) =>
        decideOverwrite(current, item, merge, { changesKept: CHANGES_KEPT }),
      );
      switch (decision.kind) {
        case "taken":
          return { kind: "carried-out", leaving, held: undefined };
        case "newer":
          return { kind: "redirected", leaving, to: { as: "skip", toItemId: leaving.toItemId } };
        case "gone":
          return { kind: "redirected", leaving, to: asCopy };
      }
    }
  }
}

/** The copy that stands, also one that its user has deleted meanwhile: it is never made again. */
async function copy(
  { items, slots, kinds, brokerNow }: MoveItemDeps,
  moving: {
    readonly item: DataItem;
    readonly leaving: Leaving;
    readonly merge: MergeOfItem;
    readonly writtenBy: string;
  },
): Promise<DataItem> {
  const { item, leaving, merge, writtenBy } = moving;
  const { userId, operationId } = merge;
  const { kind } = item;
  const itemId = leaving.toItemId;
  const before = await items.load({ userId, kind, itemId });
  if (before !== undefined) return before;
  const limit = kinds.get(kind)?.maxItems;
  if (limit === undefined) return items.putIfAbsent(userId, copyOf(item, leaving, merge, {}), writtenBy);

  const at = new Date(brokerNow()).toISOString();
  const { slot } = (await slots.take({ userId, kind }, { itemId, operationId, at, limit })) ?? {};
  const room = slot === undefined ? { held: "limit_reached" as const } : { slot };
  const standing = await items.putIfAbsent(userId, copyOf(item, leaving, merge, room), writtenBy);
  // One that stands and names none may be about to be saved with this one.
  const isNeeded = stands(standing) && (standing.slot === undefined || standing.slot === slot);
  if (slot !== undefined && !isNeeded) await slots.giveBack({ userId, kind }, slot, itemId);
  return standing;
}

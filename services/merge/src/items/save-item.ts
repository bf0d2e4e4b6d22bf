import { CHANGES_KEPT, commands, type Occurrence } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { type DataItem, type DataItemView, type DataKinds, stands } from "@lanyard/user-data";
import type { ClosedVisitor, ClosedVisitors } from "./closed-visitors.ts";
import type { DataItemStore, ItemPlace } from "./data-item-store.ts";
import { decideSave, type Save, type SaveDecision } from "./decide-save.ts";
import type { SlotStore, TakenSlot } from "./slot-store.ts";

export interface SaveItemDeps {
  readonly items: Pick<DataItemStore, "change">;
  readonly slots: SlotStore;
  readonly closedVisitors: Pick<ClosedVisitors, "load">;
  readonly kinds: DataKinds;
  /** Moves an item of a closed visitor to its account, and gives back what is to be told of it. */
  readonly moveLateItem: (place: ItemPlace, closed: ClosedVisitor, writtenBy: string) => Promise<readonly Occurrence[]>;
}

/**
 * Makes an item or changes one; what needs a slot takes it first.
 *
 * Nothing that was made is left behind at a visitor who becomes part of an account: the visitor is closed before the
 * first item is looked for, so after a write that the merge does not find the visitor is found closed here, and whoever
 * wrote the item moves it. A run that stops in between comes again, finds its own write, and looks. What stood already the
 * merge finds; it is changed before it is frozen, or not at all.
 */
export const saveItem = (deps: SaveItemDeps): Handler =>
  handle(commands.merge.saveItem, async (run) => {
    const { userId, kind, itemId, ...wanted } = run.input;
    const { operationId, receivedAt, writtenBy } = run;
    const place = { userId, kind, itemId: itemId ?? run.deriveUuid("item") };
    const save: Save = { ...wanted, ...place, operationId, receivedAt, isNew: itemId === undefined };
    const { decision, value: item } = await write(deps, place, save, writtenBy);
    switch (decision.kind) {
      case "save":
      case "saved-before": {
        if (item === undefined) throw new Error("an item that was saved is gone");
        const closed = save.isNew ? await deps.closedVisitors.load(userId) : undefined;
        const events = closed === undefined ? [] : await deps.moveLateItem(place, closed, writtenBy);
        return done({ item: asSaved(item, save, decision.version) }, events);
      }
      case "needs-slot":
        throw new Error("an item was not saved, though its slot was decided");
      case "refused":
        return problem(decision.code, decision.extra);
    }
  });

type Written = Awaited<ReturnType<typeof attempt>>;

async function write(deps: SaveItemDeps, place: ItemPlace, save: Save, writtenBy: string): Promise<Written> {
  const isClosed = save.isNew && (await deps.closedVisitors.load(place.userId)) !== undefined;
  // Under a name of its own: a copy of this run that goes on must not take a refusal for what it has written itself.
  const refusing = `${writtenBy}/refused`;
  const limit = deps.kinds.get(place.kind)?.maxItems;
  const first = await attempt(deps, place, isClosed ? refusing : writtenBy, save, { isClosed, slot: undefined, limit });
  if (first.decision.kind !== "needs-slot") {
    await giveBackExtra(deps, place, save, first, undefined);
    return first;
  }
  // Another worker may know the kind by now, or this one after it was started anew.
  if (limit === undefined) throw new Error("this worker has not been told of the kind");
  const { operationId, receivedAt: at } = save;
  const taken = await deps.slots.take(place, { itemId: place.itemId, operationId, at, limit });
  // Asked again also without one: a copy of this run may have saved it, and its slot may have gone with it since.
  const last = await attempt(deps, place, taken === undefined ? refusing : writtenBy, save, {
    isClosed,
    slot: taken?.slot ?? { noneOf: limit },
    limit,
  });
  await giveBackExtra(deps, place, save, last, taken);
  return last;
}

const attempt = (
  { items }: SaveItemDeps,
  place: ItemPlace,
  writtenBy: string,
  save: Save,
  given: Omit<Parameters<typeof decideSave>[2], "changesKept">,
) =>
  items.change<SaveDecision>(place, writtenBy, (item) =>
    decideSave(item, save, { ...given, changesKept: CHANGES_KEPT }),
  );

/**
 * Leaves an item the one slot that it names. While it names none, and before it stands, all are left to it: another run may be
 * about to write it under one of them, and what nobody comes for is found when it is in somebody's way.
 */
async function giveBackExtra(
  { slots }: SaveItemDeps,
  place: ItemPlace,
  { isNew }: Save,
  { decision, value: item }: Written,
  taken: TakenSlot | undefined,
): Promise<void> {
  if (item === undefined || (stands(item) && item.slot === undefined)) return;
  const named = stands(item) ? item.slot : undefined;
  if (decision.kind === "save" && taken?.isFound !== true) {
    if (taken !== undefined && taken.slot !== named) await slots.giveBack(place, taken.slot, place.itemId);
    return;
  }
  // An earlier run may have stopped between its slot and the item, while another one was faster: there may be one of each.
  const mayHaveMore = isNew || item.origin !== undefined;
  if (mayHaveMore) await slots.keepOnly(place, named, place.itemId);
}

/** The item as this operation has made it, also when it was changed since, or has gone. */
function asSaved(item: DataItem, { name, receivedAt }: Save, version: number): Omit<DataItemView, "value"> {
  const { itemId: id, kind, createdAt, origin } = item;
  const updatedAt = version === item.version ? item.updatedAt : receivedAt;
  return { id, kind, name, version, createdAt, updatedAt, ...(origin !== undefined && { origin }) };
}

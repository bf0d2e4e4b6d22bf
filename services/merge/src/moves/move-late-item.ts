import { LATE_ITEMS_KEPT, type Occurrence } from "@lanyard/contracts";
import { NotNow } from "@lanyard/messaging";
import type { ClosedVisitor } from "../items/closed-visitors.ts";
import type { DataItemStore, ItemPlace } from "../items/data-item-store.ts";
import { decideLateItem } from "./decide-late-item.ts";
import type { Merge, MergeStore } from "./merge-store.ts";
import { type MoveItemDeps, moveItem } from "./move-item.ts";
import { itemMoved, type MovedItem, movedItemOf } from "./moved-item.ts";
import { openMerge } from "./open-merge.ts";

export interface MoveLateItemDeps extends MoveItemDeps {
  readonly items: DataItemStore;
  readonly merges: MergeStore;
}

/**
 * Sees to it that an item moves that was written while its visitor was being closed, and that the merge may have listed too
 * early to know it: a merge that goes on moves it as one of its own; one that is done is made up for here, with the event.
 * @throws NotNow when too many are late at once
 */
export async function moveLateItem(
  deps: MoveLateItemDeps,
  place: ItemPlace,
  closed: ClosedVisitor,
  writtenBy: string,
): Promise<readonly Occurrence[]> {
  const own = `${writtenBy}/late`;
  const item = await deps.items.load(place);
  if (item === undefined) return [];
  if (item.ended !== undefined) {
    return told(await openMerge(deps, place.userId, closed, own), movedItemOf(item));
  }
  await openMerge(deps, place.userId, closed, own);
  const { decision, merge } = await deps.merges.change(closed.operationId, own, (each) =>
    decideLateItem(each, place, { itemsKept: LATE_ITEMS_KEPT }),
  );
  switch (decision.kind) {
    case "planned":
      return [];
    case "wait":
      throw new NotNow("too many items of a visitor are late at once");
    case "move": {
      const { sequence } = decision;
      return told(merge, await moveItem(deps, place, merge, { sequence, writtenBy: own }));
    }
  }
}

/** What has moved under a higher number than the merge itself has given is told by whoever has written it. */
const told = (merge: Merge, item: MovedItem | undefined): readonly Occurrence[] =>
  item?.how === "merged" && merge.doneAt !== undefined && item.sequence > merge.lastSequence
    ? [itemMoved(merge, item)]
    : [];

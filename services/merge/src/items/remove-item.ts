import { commands } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { DataItemStore } from "./data-item-store.ts";
import { decideRemoval, type RemovalDecision } from "./decide-removal.ts";
import type { SlotStore } from "./slot-store.ts";

export interface RemoveItemDeps {
  readonly items: Pick<DataItemStore, "change">;
  readonly slots: Pick<SlotStore, "giveBack" | "keepOnly">;
}

/** Deletes an item: its value goes, its tombstone stays for 30 days. Its slot is given back afterwards, also by a repeat. */
export const removeItem = ({ items, slots }: RemoveItemDeps): Handler =>
  handle(commands.merge.removeItem, async ({ input, operationId, receivedAt, writtenBy }) => {
    const { userId, kind, itemId, expectedVersion } = input;
    const { decision, value: item } = await items.change<RemovalDecision>({ userId, kind, itemId }, writtenBy, (item) =>
      decideRemoval(item, { operationId, expectedVersion, receivedAt }),
    );
    switch (decision.kind) {
      case "refused":
        return problem(decision.code, decision.extra);
      case "remove":
      case "removed-before": {
        // One that was held names none, but somebody may have claimed one to save it.
        if (item?.slot === undefined) await slots.keepOnly({ userId, kind }, undefined, itemId);
        else await slots.giveBack({ userId, kind }, item.slot, itemId);
        return done({ removedAt: decision.at });
      }
    }
  });

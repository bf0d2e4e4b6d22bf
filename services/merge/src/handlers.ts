import type { Handler } from "@lanyard/messaging";
import type { DataKinds } from "@lanyard/user-data";
import type { ClosedVisitors } from "./items/closed-visitors.ts";
import type { DataItemStore } from "./items/data-item-store.ts";
import { removeItem } from "./items/remove-item.ts";
import { saveItem } from "./items/save-item.ts";
import type { SlotStore } from "./items/slot-store.ts";
import type { AccountNames } from "./moves/account-names.ts";
import type { MergeStore } from "./moves/merge-store.ts";
import { moveItems } from "./moves/move-items.ts";
import { moveLateItem } from "./moves/move-late-item.ts";

/** Everything the merge worker does. */
export const handlers = (deps: {
  readonly items: DataItemStore;
  readonly slots: SlotStore;
  readonly closedVisitors: ClosedVisitors;
  readonly merges: MergeStore;
  readonly accountNames: AccountNames;
  readonly kinds: DataKinds;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}): readonly Handler[] => [
  saveItem({ ...deps, moveLateItem: (...given) => moveLateItem(deps, ...given) }),
  removeItem(deps),
  moveItems(deps),
];

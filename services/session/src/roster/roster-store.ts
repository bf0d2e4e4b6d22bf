import { rosterItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, type Stored, typedItems, type WriteOutcome } from "@lanyard/storage";

export type Roster = ItemValue<typeof rosterItem>;
export type RosterEntry = Roster["entries"][number];

/** Who of an account's sessions was admitted, each account's in one item. */
export interface RosterStore {
  /** `undefined`: the account has never had one. */
  load(userId: string): Promise<Stored<Roster> | undefined>;
  /** Writes if `current`, as it was loaded or `undefined`, still stands. */
  write(
    userId: string,
    current: Stored<Roster> | undefined,
    next: Roster,
    options: { readonly writtenBy: string },
  ): Promise<WriteOutcome<Roster>>;
}

export function rosterStore(sessionTable: ItemStore): RosterStore {
  const items = typedItems(sessionTable, rosterItem);
  return {
    load: (userId) => items.load(userId),
    write: (userId, current, next, options) =>
      current === undefined ? items.putIfAbsent(next, [userId], options) : items.replace(current, next, options),
  };
}

import { userItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

export type User = ItemValue<typeof userItem>;

/** Users, each at an id that only the operation that made it can derive. */
export interface UserStore {
  /** Creates the user unless it is there; gives back the one that stands. */
  create(user: User, options: { readonly writtenBy: string }): Promise<User>;
}

export function userStore(identityTable: ItemStore): UserStore {
  const items = typedItems(identityTable, userItem);
  return {
    async create(user, options) {
      const { stored } = await items.putIfAbsent(user, [user.userId], options);
      if (stored === undefined) throw new Error("the user that stood has vanished");
      return stored.value;
    },
  };
}

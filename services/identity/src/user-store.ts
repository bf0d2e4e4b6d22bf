import { userItem } from "@lanyard/contracts";
import { compareAndSet, type ItemStore, type ItemValue, type Stored, typedItems } from "@lanyard/storage";

export type User = ItemValue<typeof userItem>;

/** Users, each at an id that only the operation that made it can derive. */
export interface UserStore {
  /** Creates the user unless it is there; gives back the one that stands. */
  create(user: User, options: { readonly writtenBy: string }): Promise<User>;
  /** As it stands at this moment. */
  load(userId: string): Promise<User | undefined>;
  /**
   * Decides on the user as it stands, and writes what that says, if it says anything; gives the decision that counted. After a
   * write that is the one on what stands then: a copy of the message may have been faster, by another clock.
   */
  change<Made extends { readonly kind: string; readonly user?: User }>(
    userId: string,
    writtenBy: string,
    decide: (user: User | undefined) => Made,
  ): Promise<Made>;
}

export function userStore(identityTable: ItemStore): UserStore {
  const items = typedItems(identityTable, userItem);
  return {
    async create(user, options) {
      const { stored } = await items.putIfAbsent(user, [user.userId], options);
      if (stored === undefined) throw new Error("the user that stood has vanished");
      return stored.value;
    },
    load: async (userId) => (await items.load(userId))?.value,
    change: (userId, writtenBy, decide) =>
      compareAndSet(items, [userId], writtenBy, (current) => {
        const decision = decide(current?.value);
        return decision.user === undefined
          ? { kind: "keep", result: decision }
          : { kind: "write", value: decision.user, result: ({ value }: Stored<User>) => decide(value) };
      }),
  };
}

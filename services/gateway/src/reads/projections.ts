import { sessionItem, userItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

export type Session = ItemValue<typeof sessionItem>;
export type User = ItemValue<typeof userItem>;

/** What the gateway reads of other services' tables, always consistently. */
export interface Projections {
  user(userId: string): Promise<User | undefined>;
  session(userId: string, sessionId: string): Promise<Session | undefined>;
  /** Every session of a user that still stands, tombstones included. */
  sessionsOf(userId: string): Promise<readonly Session[]>;
}

export function projections(tables: { readonly identity: ItemStore; readonly session: ItemStore }): Projections {
  const users = typedItems(tables.identity, userItem);
  const sessions = typedItems(tables.session, sessionItem);
  return {
    user: async (userId) => (await users.load(userId))?.value,
    session: async (userId, sessionId) => (await sessions.load(userId, sessionId))?.value,
    async sessionsOf(userId) {
      const { pk, sk } = sessionItem.key(userId, "");
      const found: Session[] = [];
      let after: string | undefined;
      do {
        const page = await tables.session.list(pk, { skPrefix: sk, ...(after === undefined ? {} : { after }) });
        found.push(...page.items.map((item) => sessions.parse(item).value));
        after = page.cursor;
      } while (after !== undefined);
      return found;
    },
  };
}

import { sessionItem } from "@lanyard/contracts";
import { changeItem, type ItemStore, type ItemValue, type NextDecision, typedItems } from "@lanyard/storage";

export type Session = ItemValue<typeof sessionItem>;

/** A session stands this long after its end as the tombstone that late messages find. */
const TOMBSTONE_SECONDS = 2 * 24 * 3600;

/** Sessions, each at an id that only the operation that opened it can derive. */
export interface SessionStore {
  /** Opens the session unless one stands at its id, in any state; gives back the one that stands. */
  open(session: Session, options: { readonly writtenBy: string }): Promise<Session>;
  /** Decides on the session as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<D extends NextDecision<Session>>(
    id: { readonly userId: string; readonly sessionId: string },
    writtenBy: string,
    decide: (session: Session | undefined) => D,
  ): Promise<{ readonly decision: D; readonly session: Session | undefined }>;
}

export function sessionStore(sessionTable: ItemStore): SessionStore {
  const items = typedItems(sessionTable, sessionItem);
  return {
    async open(session, { writtenBy }) {
      const { stored } = await items.putIfAbsent(session, [session.userId, session.sessionId], {
        writtenBy,
        ttlEpochSeconds: ttlOf(session),
      });
      if (stored === undefined) throw new Error("the session that stood has vanished");
      return stored.value;
    },
    async change(id, writtenBy, decide) {
      const { decision, value } = await changeItem(items, [id.userId, id.sessionId], writtenBy, decide, ttlOf);
      return { decision, session: value };
    },
  };
}

const ttlOf = (session: Session): number => Math.floor(Date.parse(session.expiresAt) / 1000) + TOMBSTONE_SECONDS;

import { sessionItem } from "@lanyard/contracts";
import { compareAndSet, type ItemStore, type ItemValue, type Stored, typedItems } from "@lanyard/storage";

export type Session = ItemValue<typeof sessionItem>;

/** A session stands this long after its end as the tombstone that late messages find. */
const TOMBSTONE_SECONDS = 2 * 24 * 3600;

/** A decision about a session; one that has a `next` state wants it written. */
export interface SessionDecision {
  readonly kind: string;
  readonly next?: Session;
}

/** Sessions, each at an id that only the operation that opened it can derive. */
export interface SessionStore {
  /** Opens the session unless one stands at its id, in any state; gives back the one that stands. */
  open(session: Session, options: { readonly writtenBy: string }): Promise<Session>;
  /** Decides on the session as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<D extends SessionDecision>(
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
    change: (id, writtenBy, decide) =>
      compareAndSet(items, [id.userId, id.sessionId], writtenBy, (current) => {
        const decision = decide(current?.value);
        const { next } = decision;
        if (next === undefined) return { kind: "keep" as const, result: { decision, session: current?.value } };
        return {
          kind: "write" as const,
          value: next,
          ttlEpochSeconds: ttlOf(next),
          result: (stored: Stored<Session>) => ({ decision, session: stored.value }),
        };
      }),
  };
}

const ttlOf = (session: Session): number => Math.floor(Date.parse(session.expiresAt) / 1000) + TOMBSTONE_SECONDS;

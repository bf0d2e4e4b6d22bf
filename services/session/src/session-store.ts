import { sessionItem } from "@lanyard/contracts";
import {
  compareAndSet,
  type Decision,
  type ItemStore,
  type ItemValue,
  type NextDecision,
  typedItems,
} from "@lanyard/storage";
import type { SessionPulls } from "./session-pulls.ts";
import { asItStands } from "./sessions/as-it-stands.ts";

export type Session = ItemValue<typeof sessionItem>;

/** A session stands this long after its end as the tombstone that late messages find. */
const TOMBSTONE_SECONDS = 2 * 24 * 3600;

export interface SessionKey {
  readonly userId: string;
  readonly sessionId: string;
}

/**
 * Sessions, each at an id that only the operation that opened it can derive. One that a pull of the andon cord has voided is
 * shown as ended by an operator, as of a read of the pulls that began after it was asked for.
 */
export interface SessionStore {
  /** The session as it stands. @throws DependencyUnavailable */
  load(id: SessionKey): Promise<Session | undefined>;
  /** Opens the session unless one stands at its id, in any state; gives back the item that stands, void or not. */
  open(session: Session, options: { readonly writtenBy: string }): Promise<Session>;
  /** Decides on the session as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<D extends NextDecision<Session>>(
    id: SessionKey,
    writtenBy: string,
    decide: (session: Session | undefined) => D,
  ): Promise<{ readonly decision: D; readonly session: Session | undefined }>;
}

export function sessionStore(sessionTable: ItemStore, pulls: SessionPulls): SessionStore {
  const items = typedItems(sessionTable, sessionItem);
  return {
    async load({ userId, sessionId }) {
      const [stored, inForce] = await Promise.all([items.load(userId, sessionId), pulls.inForce()]);
      return stored && asItStands(stored.value, inForce.voidedBy(stored.value));
    },
    async open(session, { writtenBy }) {
      const { stored } = await items.putIfAbsent(session, [session.userId, session.sessionId], {
        writtenBy,
        ttlEpochSeconds: sessionTtlOf(session),
      });
      if (stored === undefined) throw new Error("the session that stood has vanished");
      return stored.value;
    },
    async change({ userId, sessionId }, writtenBy, decide) {
      const [first, inForce] = await Promise.all([items.load(userId, sessionId), pulls.inForce()]);
      return compareAndSet(
        { ...items, load: async () => first },
        [userId, sessionId],
        writtenBy,
        (current): Decision<Session, { decision: ReturnType<typeof decide>; session: Session | undefined }> => {
          const session = current && asItStands(current.value, inForce.voidedBy(current.value));
          const decision = decide(session);
          const { next } = decision;
          if (next === undefined) return { kind: "keep", result: { decision, session } };
          return {
            kind: "write",
            value: next,
            ttlEpochSeconds: sessionTtlOf(next),
            result: ({ value }) => ({ decision, session: value }),
          };
        },
      );
    },
  };
}

/** When a session's item may be deleted, Unix seconds. */
export const sessionTtlOf = (session: Pick<Session, "expiresAt">): number =>
  Math.floor(Date.parse(session.expiresAt) / 1000) + TOMBSTONE_SECONDS;

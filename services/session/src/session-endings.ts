import { sessionEndingItem, sessionItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";
import type { SessionPulls } from "./session-pulls.ts";
import type { Session } from "./session-store.ts";

type SessionEnding = ItemValue<typeof sessionEndingItem>;

/** Sessions of a user that one step looks at. */
const STEP_SIZE = 10;
const KEPT_SECONDS = 2 * 24 * 3600;
/** No access token is valid for longer. */
const RECENT_MS = 3600_000;

/** Which sessions each step of an operation ends that ends many. */
export interface SessionEndings {
  /** Lists a user's sessions from `after` on, lays down which of them are to be ended, and gives what stands: the first list stays. */
  layDown(
    step: { readonly userId: string; readonly operationId: string; readonly step: number },
    options: {
      readonly after: string | undefined;
      readonly now: number;
      readonly writtenBy: string;
      /** Nobody opens another: that there are none to be ended stays so without being laid down. Default: false. */
      readonly isLast?: boolean;
    },
  ): Promise<SessionEnding>;
  /** What the first `steps` steps have laid down, `most` of it. */
  laidDown(of: {
    readonly userId: string;
    readonly operationId: string;
    readonly steps: number;
    readonly most: number;
  }): Promise<readonly string[]>;
}

export function sessionEndings(sessionTable: ItemStore, pulls: SessionPulls): SessionEndings {
  const sessions = typedItems(sessionTable, sessionItem);
  const endings = typedItems(sessionTable, sessionEndingItem);
  return {
    async layDown({ userId, operationId, step }, { after, now, writtenBy, isLast = false }) {
      const known = await endings.load(userId, operationId, step);
      if (known !== undefined) return known.value;
      const { pk, sk } = sessionItem.key(userId, "");
      const [page, { voidedBy }] = await Promise.all([
        sessionTable.list(pk, { skPrefix: sk, limit: STEP_SIZE, ...(after !== undefined && { after }) }),
        pulls.inForce(),
      ]);
      const sessionIds = page.items
        .map((item) => sessions.parse(item).value)
        .filter((session) => voidedBy(session) === undefined && isToBeEnded(session, now))
        .map(({ sessionId }) => sessionId);
      const found = { sessionIds, ...(page.cursor !== undefined && { next: page.cursor }) };
      if (isLast && sessionIds.length === 0) return found;
      const { stored } = await endings.putIfAbsent(found, [userId, operationId, step], {
        writtenBy,
        ttlEpochSeconds: Math.floor(now / 1000) + KEPT_SECONDS,
      });
      if (stored === undefined) throw new Error("what was laid down has vanished");
      return stored.value;
    },
    async laidDown({ userId, operationId, steps, most }) {
      const ids: string[] = [];
      for (let step = 0; step < steps && ids.length < most; step += 1) {
        ids.push(...((await endings.load(userId, operationId, step))?.value.sessionIds ?? []));
      }
      return ids.slice(0, most);
    },
  };
}

/**
 * Whether anyone could still be let in by it, unless a pull has voided it: that every gateway knows. What another operation ended a short while ago counts as well: that one may
 * have died before its log entry.
 */
const isToBeEnded = ({ revoked, expiresAt }: Session, now: number): boolean =>
  revoked === undefined ? Date.parse(expiresAt) > now : Date.parse(revoked.at) > now - RECENT_MS;

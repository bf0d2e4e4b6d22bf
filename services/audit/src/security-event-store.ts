import { securityEventItem, securityEventsOf, securityEventsOfNobody } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

export type SecurityEvent = ItemValue<typeof securityEventItem>;

const DAY_SECONDS = 24 * 3600;

/** Events as they were heard. There is no way to change or remove one. */
export interface SecurityEventStore {
  /** Keeps the event unless it is kept already. */
  keep(event: SecurityEvent): Promise<void>;
}

/** `retentionDays`: how long after it happened an event is kept; default: for good. */
export function securityEventStore(
  auditTable: ItemStore,
  { retentionDays }: { readonly retentionDays?: number | undefined } = {},
): SecurityEventStore {
  const items = typedItems(auditTable, securityEventItem);
  return {
    async keep(event) {
      const { userId, at, eventId, operationId } = event;
      const whose = userId === undefined ? securityEventsOfNobody(at.slice(0, 10)) : securityEventsOf(userId);
      // Time and id are the event's own and the same at each repeat, so a repeat finds its place taken.
      await items.putIfAbsent(event, [whose, at, eventId], {
        writtenBy: `${operationId}/event/${eventId}`,
        ...(retentionDays !== undefined && {
          ttlEpochSeconds: Math.floor(Date.parse(at) / 1000) + retentionDays * DAY_SECONDS,
        }),
      });
    },
  };
}

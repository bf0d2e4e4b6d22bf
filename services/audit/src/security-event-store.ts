import {
  auditHourOf,
  auditHourStart,
  RECORDED_EVENT_DAYS,
  recordedEventItem,
  SEAL_GRACE_SECONDS,
  securityEventItem,
  securityEventsOf,
  securityEventsOfNobody,
} from "@lanyard/contracts";
import type { AuditMarks } from "@lanyard/secrets";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

/** An event as it was heard. */
export type SecurityEvent = Omit<ItemValue<typeof securityEventItem>, "keptUntil" | "mac">;

export interface SecurityEventStoreOptions {
  readonly marks: AuditMarks;
  /** Milliseconds since the epoch: in which hour a row is recorded. */
  readonly now: () => number;
  /** How long after it happened an event is kept; default: for good. */
  readonly retentionDays?: number | undefined;
}

/** Events as they were heard. There is no way to change or remove one. */
export interface SecurityEventStore {
  /** Keeps the event unless it is kept already, on the list of an hour that is not sealed yet. */
  keep(event: SecurityEvent): Promise<void>;
}

const DAY_MS = 24 * 3600_000;
/** What is on its list by then is in the seal, even if the clocks of two machines differ by as much again. */
const ENTERED_WITHIN_MS = (SEAL_GRACE_SECONDS * 1000) / 2;

export function securityEventStore(
  auditTable: ItemStore,
  { marks, now, retentionDays }: SecurityEventStoreOptions,
): SecurityEventStore {
  const rows = typedItems(auditTable, securityEventItem);
  const entries = typedItems(auditTable, recordedEventItem);

  return {
    async keep(event) {
      const { userId, at, eventId, operationId } = event;
      const whose = userId === undefined ? securityEventsOfNobody(at.slice(0, 10)) : securityEventsOf(userId);
      const writtenBy = `${operationId}/event/${eventId}`;
      const keptUntil = retentionDays === undefined ? undefined : isoOf(Date.parse(at) + retentionDays * DAY_MS);
      const row = { ...event, ...(keptUntil !== undefined && { keptUntil }) };
      const mac = marks.markOf("row", securityEventItem.key(whose, at, eventId), row);
      // Time and id are the event's own and the same at each repeat, so a repeat finds its place taken.
      const { stored } = await rows.putIfAbsent({ ...row, mac }, [whose, at, eventId], {
        writtenBy,
        ...expiring(keptUntil),
      });
      // One from before there were seals stays as it is, outside them.
      if (stored?.value.mac === undefined) return;
      const said = { whose, at, eventId, rowMac: stored.value.mac, keptUntil: stored.value.keptUntil };
      for (let isLate = true; isLate; ) {
        const hour = auditHourOf(now());
        const entry = { hour, ...said };
        const place = recordedEventItem.key(hour, whose, at, eventId);
        await entries.putIfAbsent({ ...entry, mac: marks.markOf("entry", place, entry) }, [hour, whose, at, eventId], {
          writtenBy,
          ttlEpochSeconds: Math.floor((auditHourStart(hour) + RECORDED_EVENT_DAYS * DAY_MS) / 1000),
        });
        // A process may have stood still in between, and the hour may have been sealed without this: then the present one has it.
        isLate = now() > auditHourStart(hour, 1) + ENTERED_WITHIN_MS;
      }
    },
  };
}

const expiring = (at: string | undefined): { readonly ttlEpochSeconds?: number } =>
  at === undefined ? {} : { ttlEpochSeconds: Math.floor(Date.parse(at) / 1000) };

const isoOf = (ms: number): string => new Date(ms).toISOString();

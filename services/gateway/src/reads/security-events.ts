import { type Event, events, securityEventItem, securityEventsOf, typeAndDayOf } from "@lanyard/contracts";
import { InvalidCursor, type ItemStore, type ItemValue, toCursor, typedItems } from "@lanyard/storage";
import { daysDownFrom } from "./days-down-from.ts";
import { fromPosition, type Position, toPosition } from "./security-event-position.ts";

export type SecurityEvent = ItemValue<typeof securityEventItem>;

/** What operators may ask for; `from` is included, `to` is not, both as `Date.toISOString` writes them. */
export interface SecurityEventQuery {
  readonly userId?: string | undefined;
  readonly type?: string | undefined;
  readonly operationId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface SecurityEventPage {
  readonly events: readonly SecurityEvent[];
  /** Given when there may be more. */
  readonly cursor?: string;
}

export interface PageOptions {
  readonly limit: number;
  readonly after?: string | undefined;
}

export interface SecurityEvents {
  /** The events of a user, newest first. @throws InvalidCursor */
  ofUser(userId: string, options: PageOptions): Promise<SecurityEventPage>;
  /** One page of what is asked for: at most `limit`, maybe fewer though there are more. @throws InvalidCursor */
  find(query: SecurityEventQuery, options: PageOptions): Promise<SecurityEventPage>;
}

/** A listing of the table that has its own cursors. */
interface Source {
  readonly name: string;
  read(limit: number, after: string | undefined): Promise<SecurityEventPage>;
}

const SK_PREFIX = "event#";
const DEFAULT_SPAN_MS = 7 * 24 * 3600 * 1000;
/** So that a page of what is rare ends, though it is not full. */
const MOST_READS = 64;

/** What stands in the audit table; what has just happened may not stand there yet. */
export function securityEvents(auditTable: ItemStore, now: () => number): SecurityEvents {
  const types = events.allEvents.map(({ type }: Event) => type).sort();
  const items = typedItems(auditTable, securityEventItem);

  const listOf = async (userId: string, limit: number, after: string | undefined): Promise<SecurityEventPage> => {
    const options = { skPrefix: SK_PREFIX, newestFirst: true, limit };
    const page = await auditTable.list(securityEventsOf(userId), after === undefined ? options : { ...options, after });
    return pageOf(
      page.items.map((item) => items.parse(item).value),
      page.cursor,
    );
  };

  const byIndex = (index: string, value: string) => async (limit: number, after: string | undefined) => {
    const page = await items.listByIndex(index, value, after === undefined ? { limit } : { limit, after });
    const found = page.items.map((item) => item.value).sort((one, other) => (one.at < other.at ? 1 : -1));
    return pageOf(found, page.cursor);
  };

  const ofUserWithin = (userId: string, { from, to }: SecurityEventQuery): Source => ({
    name: "user",
    async read(limit, after) {
      // Newest first, so a listing begins at `to` and is over at the first event before `from`.
      const start = to === undefined ? undefined : toCursor(`${SK_PREFIX}${to}`);
      const page = await listOf(userId, limit, after ?? start);
      const last = page.events.at(-1);
      return from !== undefined && last !== undefined && last.at < from ? { events: page.events } : page;
    },
  });

  function* sourcesOf(query: SecurityEventQuery, at: string | undefined): Generator<Source> {
    if (query.operationId !== undefined) {
      yield { name: "operation", read: byIndex("by_operation", query.operationId) };
    } else if (query.userId !== undefined) {
      yield ofUserWithin(query.userId, query);
    } else {
      const { from = "", to: latest = new Date(now()).toISOString() } = query;
      const [day = latest, ...resumed] = at?.split(" ") ?? [];
      for (const each of daysDownFrom(day < latest ? day : latest, from)) {
        for (const type of query.type === undefined ? types : [query.type]) {
          if (each === day && resumed[0] !== undefined && type < resumed[0]) continue;
          const name = `${each} ${type}`;
          yield { name, read: byIndex("by_type_and_day", typeAndDayOf(type, each)) };
        }
      }
    }
  }

  return {
    ofUser: (userId, { limit, after }) => listOf(userId, limit, after),
    async find(asked, { limit, after }) {
      const position = after === undefined ? undefined : fromPosition(after);
      const query = windowOf(asked, position, now());
      const found: SecurityEvent[] = [];
      let reads = 0;
      let resumed = position;
      for (const source of sourcesOf(query, position?.source)) {
        let cursor: string | undefined;
        if (resumed !== undefined) {
          if (source.name !== resumed.source) throw new InvalidCursor();
          cursor = resumed.after;
          resumed = undefined;
        }
        do {
          if (found.length >= limit || reads >= MOST_READS) {
            return pageOf(found, toPosition({ source: source.name, after: cursor, from: query.from, to: query.to }));
          }
          const page = await source.read(limit - found.length, cursor);
          reads += 1;
          found.push(...page.events.filter((event) => fits(event, query)));
          cursor = page.cursor;
        } while (cursor !== undefined);
      }
      if (resumed !== undefined) throw new InvalidCursor();
      return pageOf(found, undefined);
    },
  };
}

/** The span of time of a listing is settled by its first page. */
function windowOf(asked: SecurityEventQuery, position: Position | undefined, now: number): SecurityEventQuery {
  const from = asked.from ?? position?.from;
  const to = asked.to ?? position?.to;
  if (asked.userId !== undefined || asked.operationId !== undefined) return { ...asked, from, to };
  const until = to === undefined ? now : Date.parse(to);
  return { ...asked, to, from: from ?? new Date(until - DEFAULT_SPAN_MS).toISOString() };
}

const fits = (event: SecurityEvent, { userId, type, operationId, from, to }: SecurityEventQuery): boolean =>
  (userId === undefined || event.userId === userId) &&
  (type === undefined || event.type === type) &&
  (operationId === undefined || event.operationId === operationId) &&
  (from === undefined || event.at >= from) &&
  (to === undefined || event.at < to);

const pageOf = (found: readonly SecurityEvent[], cursor: string | undefined): SecurityEventPage =>
  cursor === undefined ? { events: found } : { events: found, cursor };

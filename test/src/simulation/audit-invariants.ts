import { isDeepStrictEqual } from "node:util";
import type { EventMessage } from "@lanyard/contracts";
import type { Invariant } from "./evidence.ts";

/** Equal are only what one realm has made, and a test runner has two. */
const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** What is true of the log of what has happened. */
export const auditInvariants: readonly Invariant[] = [
  {
    name: "every event is one row of the security log, which says what it says, and every row is an event",
    violations({ world }) {
      if (!world.isAudited) return [];
      const events = new Map(
        world.broker.published("events").map(({ body }) => {
          const event = JSON.parse(body) as EventMessage;
          return [event.id, event] as const;
        }),
      );
      const rows = new Map<string, number>();
      const found = (world.stores.get("audit")?.dump() ?? []).flatMap(({ key, value }) => {
        const id = String(value["eventId"]);
        rows.set(id, (rows.get(id) ?? 0) + 1);
        const event = events.get(id);
        const isSame =
          event !== undefined &&
          event.type === value["type"] &&
          event.time === value["at"] &&
          event.operationid === value["operationId"] &&
          isDeepStrictEqual(copyOf(event.data), copyOf(value["data"]));
        return isSame ? [] : [`${key.pk} ${key.sk} is no event that was told`];
      });
      for (const [id, { type }] of events)
        if (rows.get(id) !== 1) found.push(`${type} ${id} has ${rows.get(id) ?? 0} rows`);
      return found;
    },
  },
];

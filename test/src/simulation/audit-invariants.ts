import { isDeepStrictEqual } from "node:util";
import type { EventMessage } from "@lanyard/contracts";
import { crowded, grouped, type Invariant, writesOf } from "./evidence.ts";
import { isSeal } from "./sealing.ts";
import type { World } from "./world.ts";

/** Equal are only what one realm has made, and a test runner has two. */
const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Beside them stand seals, and the lists that those are made of. */
export const isRow = ({ sk }: { readonly sk: string }): boolean => sk.startsWith("event#");

/** Which rows were recorded in which hour: a row that is heard of again may be on the lists of several. */
export const isOnlyAList = ({ pk }: { readonly pk: string }): boolean => pk.startsWith("recorded#");

const rowsOf = (world: World) => (world.stores.get("audit")?.dump() ?? []).filter(({ key }) => isRow(key));

/** What is true of the log of what has happened. */
export const auditInvariants: readonly Invariant[] = [
  {
    name: "every event is one row of the security log, which says what it says, and every row is an event",
    violations({ world }) {
      if (!world.isAudited) return [];
      // Several operations may tell of one thing, each in its own name: the row is what the first that was heard said.
      const events = new Map<string, EventMessage[]>();
      for (const { body } of world.broker.published("events")) {
        const event = JSON.parse(body) as EventMessage;
        const said = events.get(event.id) ?? [];
        events.set(event.id, said);
        if (!said.some(({ operationid }) => operationid === event.operationid)) said.push(event);
      }
      const rows = new Map<string, number>();
      const found = rowsOf(world).flatMap(({ key, value }) => {
        const id = String(value["eventId"]);
        rows.set(id, (rows.get(id) ?? 0) + 1);
        const isSame = events
          .get(id)
          ?.some(
            (event) =>
              event.type === value["type"] &&
              event.time === value["at"] &&
              event.operationid === value["operationId"] &&
              isDeepStrictEqual(copyOf(event.data), copyOf(value["data"])),
          );
        return isSame ? [] : [`${key.pk} ${key.sk} is no event that was told`];
      });
      for (const [id, [told]] of events)
        if (rows.get(id) !== 1) found.push(`${told?.type} ${id} has ${rows.get(id) ?? 0} rows`);
      return found;
    },
  },
  {
    name: "every row of the security log is on the list of an hour, under its mark",
    violations(evidence) {
      // By what was written: lists go when their time is over.
      const listed = new Set(writesOf(evidence, "audit", "recorded#").map(({ value }) => value["rowMac"]));
      return rowsOf(evidence.world)
        .filter(({ value }) => !listed.has(value["mac"]))
        .map(({ key }) => `${key.pk} ${key.sk} is on no list`);
    },
  },
  {
    name: "what was sealed of the security log verifies, and no row came too late for the seal of its hour",
    violations({ verified }) {
      if (verified === undefined) return [];
      const { findings, late } = verified;
      return late === 0 ? findings : [...findings, `${late} rows are on lists, and in no seal of their hour`];
    },
  },
  {
    name: "a seal names every row that was recorded in its hour, and is written once",
    violations(evidence) {
      const { verified } = evidence;
      if (verified === undefined) return [];
      const listed = writesOf(evidence, "audit", "recorded#").filter(({ value }) =>
        verified.hours.has(String(value["hour"])),
      );
      const seals = grouped(
        writesOf(evidence, "audit", "audit-seals").filter(({ key }) => isSeal(key)),
        ({ key }) => key.sk,
        ({ at }) => at,
      );
      const found = crowded(seals).map(([sk, size]) => `${sk} was written ${size} times`);
      return listed.length === verified.rows
        ? found
        : [...found, `${listed.length} rows were recorded, and the seals name ${verified.rows}`];
    },
  },
];

import {
  AUDIT_SEALS,
  auditSealBeginItem,
  auditSealItem,
  auditSealPartItem,
  recordedEventItem,
  recordedEventsOf,
  SEAL_PREFIX,
} from "@lanyard/contracts";
import { type AuditMarks, contentDigest } from "@lanyard/secrets";
import { type ItemStore, type ItemValue, type Stored, typedItems } from "@lanyard/storage";

export type AuditSeal = ItemValue<typeof auditSealItem>;
export type RowOfSeal = ItemValue<typeof auditSealPartItem>["rows"][number];

/** What stands of seals, and the lists that they are made of. Whoever comes second finds what the first has put. */
export interface SealStore {
  /** The first hour that is sealed; the given one unless another was first. */
  begin(hour: string): Promise<string>;
  newest(): Promise<Pick<AuditSeal, "hour" | "mac"> | undefined>;
  /** The list of an hour, so many at a time and in one order; `forged`: entries left out, which no audit worker wrote. */
  recorded(hour: string, atATime: number): AsyncIterable<{ rows: readonly RowOfSeal[]; forged: number }>;
  /** @returns the digest that names the part */
  putPart(hour: string, rows: readonly RowOfSeal[]): Promise<string>;
  /** @returns the seal that stands */
  putSeal(seal: Omit<AuditSeal, "mac">): Promise<{ readonly seal: AuditSeal; readonly isNew: boolean }>;
}

/** The rows are gone by then, and with them what a part is good for. */
const PART_OUTLIVES_SECONDS = 24 * 3600;

export function sealStore(auditTable: ItemStore, marks: AuditMarks): SealStore {
  const begins = typedItems(auditTable, auditSealBeginItem);
  const seals = typedItems(auditTable, auditSealItem);
  const parts = typedItems(auditTable, auditSealPartItem);
  const entries = typedItems(auditTable, recordedEventItem);
  const isGenuine = ({ key, value }: Stored<object>): boolean => marks.check("entry", key, value) === "genuine";

  return {
    async begin(hour) {
      const standing = await begins.load();
      if (standing !== undefined) return standing.value.hour;
      const mac = marks.markOf("begin", auditSealBeginItem.key(), { hour });
      const { stored } = await begins.putIfAbsent({ hour, mac }, [], { writtenBy: `audit-seal/begin/${hour}` });
      return stored?.value.hour ?? hour;
    },
    async newest() {
      const { items } = await auditTable.list(AUDIT_SEALS, { skPrefix: SEAL_PREFIX, newestFirst: true, limit: 1 });
      return items[0] === undefined ? undefined : seals.parse(items[0]).value;
    },
    async *recorded(hour, atATime) {
      for (let after: string | undefined, more = true; more; more = after !== undefined) {
        const page = await auditTable.list(recordedEventsOf(hour), {
          limit: atATime,
          ...(after !== undefined && { after }),
        });
        const genuine = page.items.filter(isGenuine).map((item) => rowOf(entries.parse(item).value));
        yield { rows: genuine, forged: page.items.length - genuine.length };
        after = page.cursor;
      }
    },
    async putPart(hour, rows) {
      const digest = contentDigest(rows);
      const keptUntil = lastOf(rows.map((row) => row.keptUntil));
      await parts.putIfAbsent({ rows: [...rows] }, [hour, digest], {
        writtenBy: `audit-seal/${hour}/${digest}`,
        ...(keptUntil !== undefined && {
          ttlEpochSeconds: Math.floor(Date.parse(keptUntil) / 1000) + PART_OUTLIVES_SECONDS,
        }),
      });
      return digest;
    },
    async putSeal(unmarked) {
      const { hour } = unmarked;
      const seal = { ...unmarked, mac: marks.markOf("seal", auditSealItem.key(hour), unmarked) };
      const outcome = await seals.putIfAbsent(seal, [hour], { writtenBy: `audit-seal/${hour}/${seal.mac}` });
      return { seal: outcome.stored?.value ?? seal, isNew: outcome.kind === "won" };
    },
  };
}

const rowOf = ({ whose, at, eventId, rowMac, keptUntil }: ItemValue<typeof recordedEventItem>): RowOfSeal => ({
  whose,
  at,
  eventId,
  rowMac,
  ...(keptUntil !== undefined && { keptUntil }),
});

/** The last of these moments; undefined if there is none, or one of them is for good. */
export function lastOf(moments: readonly (string | undefined)[]): string | undefined {
  const ends = moments.filter((moment) => moment !== undefined);
  return ends.length < moments.length ? undefined : ends.sort().at(-1);
}

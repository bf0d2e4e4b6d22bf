import {
  AUDIT_SEALS,
  auditSealBeginItem,
  auditSealItem,
  auditSealPartItem,
  recordedEventItem,
  recordedEventsOf,
  SEAL_PREFIX,
  securityEventItem,
} from "@lanyard/contracts";
import { type AuditMarks, contentDigest, type MarkCheck } from "@lanyard/secrets";
import type { ItemKey, ItemStore, ItemValue, JsonObject, Stored } from "@lanyard/storage";
import type { StandingRow } from "./decide-row.ts";

export type AuditSeal = ItemValue<typeof auditSealItem>;
export type RowOfSeal = ItemValue<typeof auditSealPartItem>["rows"][number];
export interface RowName {
  readonly whose: string;
  readonly at: string;
  readonly eventId: string;
}

/** The security log and its seals as they stand. What cannot be read is told as such, never thrown: it was not Lanyard that wrote it. */
export interface SealedLog {
  begin(): Promise<{ readonly mark: MarkCheck; readonly hour?: string } | undefined>;
  /** The hours of the first and of the newest seal, by the keys they stand at. */
  span(): Promise<{ readonly first: string; readonly newest: string } | undefined>;
  seal(hour: string): Promise<{ readonly mark: MarkCheck; readonly value?: AuditSeal } | undefined>;
  part(hour: string, digest: string): Promise<"missing" | "changed" | readonly RowOfSeal[]>;
  row(name: RowName): Promise<StandingRow | undefined>;
  /** What the list of an hour has, without what is forged. */
  recorded(hour: string): AsyncIterable<readonly RowName[]>;
  /** Every row there is. */
  rows(): AsyncIterable<readonly (RowName & StandingRow)[]>;
}

const PAGE = 500;
const ROW_PREFIX = "event#";

export function sealedLog(auditTable: ItemStore, marks: AuditMarks): SealedLog {
  const edge = async (newestFirst: boolean): Promise<string | undefined> => {
    const { items } = await auditTable.list(AUDIT_SEALS, { skPrefix: SEAL_PREFIX, newestFirst, limit: 1 });
    return items[0]?.key.sk.slice(SEAL_PREFIX.length);
  };
  const standing = ({ key, value, version }: Stored<JsonObject>): StandingRow => {
    const { mac } = value;
    return { check: marks.check("row", key, value), mac: typeof mac === "string" ? mac : undefined, version };
  };

  return {
    async begin() {
      const stored = await auditTable.load(auditSealBeginItem.key());
      if (stored === undefined) return undefined;
      const { data } = auditSealBeginItem.schema.safeParse(stored.value);
      const mark = marks.check("begin", stored.key, stored.value);
      return data === undefined ? { mark: "forged" } : { mark, hour: data.hour };
    },
    async span() {
      const [first, newest] = await Promise.all([edge(false), edge(true)]);
      return first === undefined || newest === undefined ? undefined : { first, newest };
    },
    async seal(hour) {
      const stored = await auditTable.load(auditSealItem.key(hour));
      if (stored === undefined) return undefined;
      const { data } = auditSealItem.schema.safeParse(stored.value);
      return data === undefined
        ? { mark: "forged" }
        : { mark: marks.check("seal", stored.key, stored.value), value: data };
    },
    async part(hour, digest) {
      const stored = await auditTable.load(auditSealPartItem.key(hour, digest));
      if (stored === undefined) return "missing";
      const { data } = auditSealPartItem.schema.safeParse(stored.value);
      return data === undefined || contentDigest(data.rows) !== digest ? "changed" : data.rows;
    },
    async row({ whose, at, eventId }) {
      const stored = await auditTable.load(securityEventItem.key(whose, at, eventId));
      return stored && standing(stored);
    },
    async *recorded(hour) {
      for await (const items of pages((after) => auditTable.list(recordedEventsOf(hour), { limit: PAGE, ...after }))) {
        yield items
          .filter(({ key, value }) => marks.check("entry", key, value) === "genuine")
          .flatMap(({ value }) => recordedEventItem.schema.safeParse(value).data ?? []);
      }
    },
    async *rows() {
      for await (const items of pages((after) => auditTable.scan({ limit: PAGE, ...after }))) {
        yield items.flatMap((item) => {
          const name = rowNameOf(item.key);
          return name === undefined ? [] : [{ ...name, ...standing(item) }];
        });
      }
    },
  };
}

/** By where it stands, whatever it says. */
function rowNameOf({ pk, sk }: ItemKey): RowName | undefined {
  const [, at, eventId] = /^event#([^#]*)#(.*)$/s.exec(sk) ?? [];
  if (!sk.startsWith(ROW_PREFIX)) return undefined;
  return { whose: pk, at: at ?? sk, eventId: eventId ?? "" };
}

type Page = { readonly items: readonly Stored<JsonObject>[]; readonly cursor?: string };

async function* pages(read: (after: { readonly after?: string }) => Promise<Page>) {
  for (let after: { readonly after?: string } | undefined = {}; after !== undefined; ) {
    const { items, cursor }: Page = await read(after);
    yield items;
    after = cursor === undefined ? undefined : { after: cursor };
  }
}

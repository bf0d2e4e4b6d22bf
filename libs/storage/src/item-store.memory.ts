import { checkIndexed, checkKey, checkLimit, checkPk, checkSkPrefix, checkWriteOptions } from "./check-arguments.ts";
import type {
  IndexOptions,
  ItemKey,
  ItemStore,
  ListOptions,
  ScanOptions,
  Stored,
  WriteOptions,
  WriteOutcome,
} from "./item-store.ts";
import type { JsonObject } from "./json.ts";
import { fromCursor, fromIndexCursor, fromScanCursor, toCursor, toIndexCursor, toScanCursor } from "./list-cursor.ts";
import { toStorableValue } from "./storable-value.ts";

/** What an auditor sees of an item: all of it, with what the port never shows. */
export interface DumpedItem extends Stored<JsonObject> {
  readonly ttlEpochSeconds?: number;
  readonly indexed?: Readonly<Record<string, string>>;
}

export interface MemoryItemStore extends ItemStore {
  /** Deletes what DynamoDB might have deleted by now: every item whose ttl is not after `nowEpochSeconds`. */
  expireByTtl(nowEpochSeconds: number): void;
  /** Every item, copied, ordered by `pk` and `sk`. */
  dump(): DumpedItem[];
}

/**
 * A table in this process's memory. Each call takes effect at once, in the order of calls and in indexes too, and no timer
 * or clock is involved: a simulation decides alone when what happens.
 */
export const memoryItemStore = (): MemoryItemStore => {
  const partitions = new Map<string, Map<string, DumpedItem>>();

  const find = ({ pk, sk }: ItemKey): DumpedItem | undefined => partitions.get(pk)?.get(sk);

  const write = (key: ItemKey, value: JsonObject, version: number, options: WriteOptions): Stored<JsonObject> => {
    const { writtenBy, ttlEpochSeconds, indexed } = options;
    const item = {
      ...{ key: { pk: key.pk, sk: key.sk }, value, version, writtenBy },
      ...(ttlEpochSeconds !== undefined && { ttlEpochSeconds }),
      ...(indexed !== undefined && { indexed: { ...indexed } }),
    };
    const partition = partitions.get(key.pk) ?? new Map<string, DumpedItem>();
    partition.set(key.sk, item);
    partitions.set(key.pk, partition);
    return copyOf(item);
  };

  /** Ordered by `pk` and `sk`. */
  const all = (): DumpedItem[] =>
    [...partitions.values()]
      .flatMap((partition) => [...partition.values()])
      .sort((one, other) => compareKeys(one.key, other.key));

  return {
    async load(key) {
      checkKey(key);
      const item = find(key);
      return item && copyOf(item);
    },

    async putIfAbsent(key, value, options) {
      checkKey(key);
      checkWriteOptions(options);
      const storable = toStorableValue(value);
      const standing = find(key);
      if (standing === undefined) return { kind: "won", stored: write(key, storable, 1, options) };
      return outcomeOf(standing, standing.writtenBy === options.writtenBy);
    },

    async replace(current, value, options) {
      checkKey(current.key);
      checkWriteOptions(options);
      const storable = toStorableValue(value);
      const standing = find(current.key);
      if (standing === undefined) return { kind: "lost", stored: undefined };
      const version = current.version + 1;
      if (isSame(standing, current)) return { kind: "won", stored: write(current.key, storable, version, options) };
      return outcomeOf(standing, standing.version === version && standing.writtenBy === options.writtenBy);
    },

    async remove(current) {
      checkKey(current.key);
      const standing = find(current.key);
      if (standing === undefined || !isSame(standing, current)) return "lost";
      partitions.get(current.key.pk)?.delete(current.key.sk);
      return "won";
    },

    async list(pk, { skPrefix = "", limit, after, newestFirst = false }: ListOptions = {}) {
      checkPk(pk);
      checkSkPrefix(skPrefix);
      const wanted = checkLimit(limit);
      const afterSk = after === undefined ? undefined : fromCursor(after, skPrefix);
      const partition = partitions.get(pk);
      if (partition === undefined) return { items: [] };
      const direction = newestFirst ? -1 : 1;
      const found = [...partition.values()]
        .filter(({ key }) => key.sk.startsWith(skPrefix))
        .filter(({ key }) => afterSk === undefined || compareBytes(key.sk, afterSk) * direction > 0)
        .sort((one, other) => compareBytes(one.key.sk, other.key.sk) * direction);
      const items = found.slice(0, wanted).map(copyOf);
      const last = items.at(-1);
      return found.length > wanted && last !== undefined ? { items, cursor: toCursor(last.key.sk) } : { items };
    },

    async scan({ limit, after }: ScanOptions = {}) {
      const wanted = checkLimit(limit);
      const afterKey = after === undefined ? undefined : fromScanCursor(after);
      const items = all()
        .filter(({ key }) => afterKey === undefined || compareKeys(key, afterKey) > 0)
        .slice(0, wanted)
        .map(copyOf);
      const last = items.at(-1);
      // As DynamoDB does, which stops at the limit and does not look whether anything stands beyond.
      return items.length === wanted && last !== undefined ? { items, cursor: toScanCursor(last.key) } : { items };
    },

    async listByIndex(index, value, { limit, after }: IndexOptions = {}) {
      checkIndexed(index, value);
      const wanted = checkLimit(limit);
      const afterKey = after === undefined ? undefined : fromIndexCursor(after);
      const found = all()
        .filter(({ indexed }) => indexed?.[index] === value)
        .map(({ key }) => ({ ...key }))
        .filter((key) => afterKey === undefined || compareKeys(key, afterKey) > 0);
      const keys = found.slice(0, wanted);
      const last = keys.at(-1);
      return found.length > wanted && last !== undefined ? { keys, cursor: toIndexCursor(last) } : { keys };
    },

    async probe() {},

    expireByTtl(nowEpochSeconds) {
      for (const partition of partitions.values()) {
        for (const [sk, { ttlEpochSeconds }] of partition) {
          if (ttlEpochSeconds !== undefined && ttlEpochSeconds <= nowEpochSeconds) partition.delete(sk);
        }
      }
    },

    dump() {
      return all().map(({ indexed, ttlEpochSeconds, ...item }) => ({
        ...copyOf(item),
        ...(ttlEpochSeconds !== undefined && { ttlEpochSeconds }),
        ...(indexed !== undefined && { indexed: { ...indexed } }),
      }));
    },
  };
};

const isSame = (standing: Stored<unknown>, current: Stored<unknown>): boolean =>
  standing.version === current.version && standing.writtenBy === current.writtenBy;

const outcomeOf = (standing: Stored<JsonObject>, mine: boolean): WriteOutcome<JsonObject> => ({
  kind: mine ? "already-mine" : "lost",
  stored: copyOf(standing),
});

/** Nobody outside may hold what is stored: changing a loaded value must change nothing here. */
const copyOf = ({ key, value, version, writtenBy }: Stored<JsonObject>): Stored<JsonObject> => ({
  key: { pk: key.pk, sk: key.sk },
  value: toStorableValue(value),
  version,
  writtenBy,
});

const compareKeys = (one: ItemKey, other: ItemKey): number =>
  compareBytes(one.pk, other.pk) || compareBytes(one.sk, other.sk);

/** DynamoDB's order, that of UTF-8. JavaScript's own differs beyond U+FFFF, of which it compares halves that lie below it. */
function compareBytes(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    const [here, there] = [one.charCodeAt(index), other.charCodeAt(index)];
    if (here !== there) return inOrder(here) - inOrder(there);
  }
  return one.length - other.length;
}

const inOrder = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

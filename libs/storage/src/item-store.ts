import type { JsonObject } from "./json.ts";

/** Where an item lies: `pk` groups what is listed together, `sk` orders it. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item as it was read or written: versions start at 1 and add 1, `writtenBy` is the operation and step that wrote it. */
export interface Stored<T> {
  readonly key: ItemKey;
  readonly value: T;
  readonly version: number;
  readonly writtenBy: string;
}

/**
 * Who won a write. "already-mine": this `writtenBy` had written it before (a redelivery, or the SDK's retry of a write
 * that had been applied), and `stored` is what it wrote then. "lost": another did; `stored` is what stands now, read
 * consistently, or undefined when the item is gone.
 */
export type WriteOutcome<T> =
  | { readonly kind: "won"; readonly stored: Stored<T> }
  | { readonly kind: "already-mine"; readonly stored: Stored<T> }
  | { readonly kind: "lost"; readonly stored: Stored<T> | undefined };

export interface WriteOptions {
  /** Operation id and step: the answer to "was it me?". Not empty. */
  readonly writtenBy: string;
  /**
   * When storage may begin to delete the item, in whole seconds since 1970. Default: never; a replace without it takes
   * it away. Deletion can come days late or not at all: whether something has expired is for the value to say.
   */
  readonly ttlEpochSeconds?: number;
  /**
   * What the table's secondary indexes find the item by: from the name of an index (`by_…`) to 1 to 2048 bytes of text.
   * Default: none; a replace without it takes the item out of every index.
   */
  readonly indexed?: Readonly<Record<string, string>>;
}

export interface ListOptions {
  /** Only items whose `sk` begins with this. Default: all. */
  readonly skPrefix?: string;
  /** At most so many items. Default 100. */
  readonly limit?: number;
  /** The `cursor` of the page before, asked for with the same `pk`, `skPrefix` and `newestFirst`. */
  readonly after?: string;
  /** From the last `sk` to the first, by their UTF-8 bytes. Default false. */
  readonly newestFirst?: boolean;
}

export interface ListPage {
  readonly items: Stored<JsonObject>[];
  /** Given exactly when more items stood beyond this page. */
  readonly cursor?: string;
}

export interface ScanOptions {
  /** At most so many items. Default 100. */
  readonly limit?: number;
  /** The `cursor` of the page before. */
  readonly after?: string;
}

export interface ScanPage {
  /** May be fewer than `limit`, and none, though a cursor leads on: whether there are more is not looked at. */
  readonly items: Stored<JsonObject>[];
  /** Absent: every item has been given. Given: the table has to be asked again, and may have none left. */
  readonly cursor?: string;
}

export interface IndexOptions {
  /** At most so many keys. Default 100. */
  readonly limit?: number;
  /** The `cursor` of the page before, asked for with the same index and value. */
  readonly after?: string;
}

export interface KeyPage {
  /** In no order that may be relied on, and none of them twice on the pages of one listing. */
  readonly keys: ItemKey[];
  /** Given exactly when more keys stood beyond this page. */
  readonly cursor?: string;
}

/**
 * One table, written by compare-and-set of one item at a time. Every read of items is strongly consistent and none looks
 * at the ttl. Every method throws `DependencyUnavailable` when the table does not answer: a write may then have been applied,
 * and the same write made again says "already-mine".
 */
export interface ItemStore {
  load(key: ItemKey): Promise<Stored<JsonObject> | undefined>;
  /** Writes version 1 where nothing stands. */
  putIfAbsent(key: ItemKey, value: JsonObject, options: WriteOptions): Promise<WriteOutcome<JsonObject>>;
  /** Writes the next version if `current`, by version and writer, still stands. */
  replace(current: Stored<JsonObject>, value: JsonObject, options: WriteOptions): Promise<WriteOutcome<JsonObject>>;
  /**
   * Deletes the item if `current` still stands. An item that is gone is "lost": nobody can tell who removed it, not
   * even whether this caller's first try had.
   */
  remove(current: Stored<JsonObject>): Promise<"won" | "lost">;
  /** One page of the items under `pk`, in the order of `sk`. Throws `InvalidCursor` for an `after` it did not give. */
  list(pk: string, options?: ListOptions): Promise<ListPage>;
  /**
   * One page of all items of the table, in an order that is nobody's business but stays as it is: over the pages each item that
   * stood throughout is given exactly once, as it stood when its page was read; one that came or went meanwhile may be given or
   * not, never twice. It reads the whole table, so it is for long work. Throws `InvalidCursor` for an `after` that no scan gave.
   */
  scan(options?: ScanOptions): Promise<ScanPage>;
  /**
   * One page of the keys of items that were written with `value` for a secondary index. Eventually consistent, as DynamoDB's
   * indexes are: an item that was just written may be missing, one that was removed or has another value by now may still
   * be there. So load what it names, and look. Throws `InvalidCursor` for an `after` that no index gave.
   */
  listByIndex(index: string, value: string, options?: IndexOptions): Promise<KeyPage>;
  /** A cheap read, to see that the table answers. */
  probe(): Promise<void>;
}

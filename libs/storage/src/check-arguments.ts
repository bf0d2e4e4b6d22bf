import type { ItemKey, WriteOptions } from "./item-store.ts";

const MAX_PK_BYTES = 2048;
const MAX_SK_BYTES = 1024;
const MAX_INDEXED_BYTES = 2048;

/** Seconds in the year 5138: above it somebody passed milliseconds. */
const MAX_TTL_EPOCH_SECONDS = 100_000_000_000;

const DEFAULT_LIMIT = 100;

/** Thrown for a key that DynamoDB would refuse, or would read back as another one. */
export class InvalidItemKey extends TypeError {
  override readonly name = "InvalidItemKey";

  constructor(part: "pk" | "sk" | "indexed value") {
    const maxBytes = { pk: MAX_PK_BYTES, sk: MAX_SK_BYTES, "indexed value": MAX_INDEXED_BYTES }[part];
    super(`${part} must be well-formed text of 1 to ${maxBytes} bytes`);
  }
}

/** Throws `InvalidItemKey`. */
export const checkKey = (key: ItemKey): void => {
  checkPk(key.pk);
  if (!isKeyText(key.sk, MAX_SK_BYTES)) throw new InvalidItemKey("sk");
};

/** Throws `InvalidItemKey`. */
export const checkPk = (pk: string): void => {
  if (!isKeyText(pk, MAX_PK_BYTES)) throw new InvalidItemKey("pk");
};

/** Throws `InvalidItemKey` for a prefix that no key can begin with. */
export const checkSkPrefix = (skPrefix: string): void => {
  if (skPrefix !== "" && !isKeyText(skPrefix, MAX_SK_BYTES)) throw new InvalidItemKey("sk");
};

/** Throws RangeError for a name that is none of an index, `InvalidItemKey` for a value that nothing can be indexed by. */
export const checkIndexed = (index: string, value: string): void => {
  // So that no index is ever called as an attribute is that every item has.
  if (!/^by_[a-z0-9_]{1,60}$/.test(index)) throw new RangeError("an index is named by_ and then a-z, 0-9 or _");
  if (!isKeyText(value, MAX_INDEXED_BYTES)) throw new InvalidItemKey("indexed value");
};

const isKeyText = (text: unknown, maxBytes: number): boolean =>
  typeof text === "string" && text !== "" && text.isWellFormed() && Buffer.byteLength(text) <= maxBytes;

/** Throws RangeError for an empty writer and a ttl that is no whole number of seconds; and as `checkIndexed` does. */
export const checkWriteOptions = ({ writtenBy, ttlEpochSeconds, indexed = {} }: WriteOptions): void => {
  for (const [index, value] of Object.entries(indexed)) checkIndexed(index, value);
  if (writtenBy === "" || !writtenBy.isWellFormed())
    throw new RangeError("writtenBy must be well-formed and not empty");
  if (ttlEpochSeconds === undefined) return;
  if (!Number.isInteger(ttlEpochSeconds) || ttlEpochSeconds < 0 || ttlEpochSeconds > MAX_TTL_EPOCH_SECONDS) {
    throw new RangeError("ttlEpochSeconds must be a whole number of seconds since 1970");
  }
};

/** The limit to use; throws RangeError unless it is a whole number of at least 1. */
export const checkLimit = (limit: number = DEFAULT_LIMIT): number => {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError("limit must be a whole number of at least 1");
  return limit;
};

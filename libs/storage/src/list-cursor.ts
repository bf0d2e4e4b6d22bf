import type { ItemKey } from "./item-store.ts";

/** What 1024 and 2048 bytes take in base64url. */
const MAX_SK_CURSOR_LENGTH = 1366;
const MAX_PK_CURSOR_LENGTH = 2731;

/** Thrown for a cursor that the same listing did not give. */
export class InvalidCursor extends Error {
  override readonly name = "InvalidCursor";

  constructor() {
    super("the cursor does not belong to this listing");
  }
}

/** Opaque to its holder: the last `sk` of the page. */
export const toCursor = (sk: string): string => Buffer.from(sk).toString("base64url");

/** The `sk` to go on after; throws `InvalidCursor`. */
export const fromCursor = (cursor: string, skPrefix: string): string => {
  const sk = decoded(cursor, MAX_SK_CURSOR_LENGTH);
  if (!sk.startsWith(skPrefix)) throw new InvalidCursor();
  return sk;
};

/** Opaque to its holder: the last key of the page. */
export const toIndexCursor = ({ pk, sk }: ItemKey): string => `${toCursor(pk)}.${toCursor(sk)}`;

/** The key to go on after; throws `InvalidCursor`. */
export const fromIndexCursor = (cursor: string): ItemKey => {
  const [pk = "", sk = "", ...more] = cursor.split(".");
  if (more.length > 0) throw new InvalidCursor();
  return { pk: decoded(pk, MAX_PK_CURSOR_LENGTH), sk: decoded(sk, MAX_SK_CURSOR_LENGTH) };
};

const SCAN = "scan";

/** Opaque to its holder: the last key of the page, and that it was a scan's. */
export const toScanCursor = (key: ItemKey): string => `${SCAN}.${toIndexCursor(key)}`;

/** The key to go on after; throws `InvalidCursor`. */
export const fromScanCursor = (cursor: string): ItemKey => {
  if (!cursor.startsWith(`${SCAN}.`)) throw new InvalidCursor();
  return fromIndexCursor(cursor.slice(SCAN.length + 1));
};

const decoded = (cursor: string, maxLength: number): string => {
  if (cursor === "" || cursor.length > maxLength) throw new InvalidCursor();
  const text = Buffer.from(cursor, "base64url").toString();
  // Decoding skips what it does not know and patches broken UTF-8: only what encodes to itself was given out.
  if (toCursor(text) !== cursor) throw new InvalidCursor();
  return text;
};

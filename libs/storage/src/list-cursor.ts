const MAX_CURSOR_LENGTH = 1400;

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
  if (cursor === "" || cursor.length > MAX_CURSOR_LENGTH) throw new InvalidCursor();
  const sk = Buffer.from(cursor, "base64url").toString();
  // Decoding skips what it does not know and patches broken UTF-8: only what encodes to itself was given out.
  if (toCursor(sk) !== cursor) throw new InvalidCursor();
  if (!sk.startsWith(skPrefix)) throw new InvalidCursor();
  return sk;
};

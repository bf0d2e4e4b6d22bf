/** 32 secret bytes with the name that whatever they made carries. */
export interface Key {
  readonly kid: string;
  readonly bytes: Uint8Array;
}

/** The current key makes; every key still opens and verifies. */
export interface Keyring {
  readonly current: Key;
  readonly all: readonly Key[];
}

/** A key that is not configured here (any more, or yet). */
export class UnknownKey extends Error {
  readonly kid: string;
  constructor(kid: string) {
    super(`no key with kid "${kid}" is configured`);
    this.name = "UnknownKey";
    this.kid = kid;
  }
}

/**
 * Reads `kid:key,kid:key`: keys are 32 bytes in base64url, the first is current.
 * @throws TypeError that names each mistake, never a key.
 */
export function parseKeyring(text: string): Keyring {
  const mistakes: string[] = [];
  const keys: Key[] = [];
  for (const [index, entry] of text.split(",").entries()) {
    const [kid = "", encoded = "", ...rest] = entry.trim().split(":");
    const bytes = Buffer.from(encoded, "base64url");
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(kid))
      mistakes.push(`entry ${index + 1}: the kid must be 1 to 32 of A-Z a-z 0-9 _ -`);
    else if (keys.some((key) => key.kid === kid)) mistakes.push(`entry ${index + 1}: kid "${kid}" stands twice`);
    if (rest.length > 0 || bytes.length !== 32 || bytes.toString("base64url") !== encoded) {
      mistakes.push(`entry ${index + 1}: the key must be 32 bytes in base64url`);
    }
    keys.push({ kid, bytes });
  }
  const [current] = keys;
  if (mistakes.length > 0 || current === undefined) throw new TypeError(mistakes.join("; "));
  return { current, all: keys };
}

/**
 * The key of that name.
 * @throws UnknownKey
 */
export function keyNamed(keyring: Keyring, kid: string): Key {
  const key = keyring.all.find((candidate) => candidate.kid === kid);
  if (key === undefined) throw new UnknownKey(kid);
  return key;
}

import { createHash, timingSafeEqual } from "node:crypto";

/** A key of a machine that operates Lanyard, of which only the hash is known: SHA-256 of its characters, base64url. */
export interface OpsKeyHash {
  /** Goes into the log with every use. */
  readonly name: string;
  readonly hash: string;
}

/** 32 random bytes or more, as base64url: what nobody guesses needs no slow hash. */
const KEY = /^[A-Za-z0-9_-]{43,512}$/;

export const opsKeyHash = (key: string): string => createHash("sha256").update(key).digest("base64url");

/**
 * The development key by its hash, under the name `development`.
 * @throws TypeError when it is no such key; the message does not say it
 */
export function developmentOpsKey(key: string): OpsKeyHash {
  if (!KEY.test(key)) throw new TypeError("must be at least 32 bytes in base64url: 43 to 512 of A-Z a-z 0-9 - _");
  return { name: "development", hash: opsKeyHash(key) };
}

/**
 * Reads `name:hash,name:hash`.
 * @throws TypeError that names each mistake, never a hash
 */
export function parseOpsKeyHashes(text: string): readonly OpsKeyHash[] {
  const mistakes: string[] = [];
  const keys: OpsKeyHash[] = [];
  for (const [index, entry] of text.split(",").entries()) {
    const [name = "", hash = "", ...rest] = entry.trim().split(":");
    const bytes = Buffer.from(hash, "base64url");
    const place = `entry ${index + 1}`;
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) mistakes.push(`${place}: the name must be 1 to 64 of A-Z a-z 0-9 _ -`);
    else if (keys.some((key) => key.name === name)) mistakes.push(`${place}: the name "${name}" stands twice`);
    if (rest.length > 0 || bytes.length !== 32 || bytes.toString("base64url") !== hash)
      mistakes.push(`${place}: the hash must be a SHA-256 in base64url, 43 characters`);
    keys.push({ name, hash });
  }
  if (mistakes.length > 0) throw new TypeError(mistakes.join("; "));
  return keys;
}

/** The name of the key that was shown, if it is one; compares with every one of them in constant time. */
export function opsKeyNameOf(keys: readonly OpsKeyHash[], shown: string): string | undefined {
  const digest = createHash("sha256").update(shown).digest();
  let found: string | undefined;
  for (const { name, hash } of keys) {
    if (timingSafeEqual(Buffer.from(hash, "base64url"), digest)) found = name;
  }
  return found;
}

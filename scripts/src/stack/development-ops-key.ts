import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { madeOnce } from "./made-once.ts";

/** Where `npm start` keeps the key for operators of its stack. */
export const opsKeyFile = (dataDir: string): string => join(dataDir, "ops-key");

/**
 * The key for operators in the data directory, readable by its owner only, made the first time. A new one each time for
 * "memory". Throws when the file holds no such key.
 */
export async function developmentOpsKey(dataDir: string | "memory"): Promise<string> {
  const made = randomBytes(32).toString("base64url");
  if (dataDir === "memory") return made;
  const path = opsKeyFile(dataDir);
  const key = (await madeOnce(path, () => `${made}\n`)).trim();
  if (/^[\w-]{43}$/.test(key)) return key;
  throw new Error(`${path} does not hold a key: remove it, and the next start makes another`);
}

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { madeOnce } from "./made-once.ts";

/** Keys of a development stack, each as the `kid:key` list (32 bytes, base64url) that services read. */
export interface DevelopmentKeys {
  LANYARD_SEALING_KEYS: string;
  LANYARD_DERIVATION_KEYS: string;
}

/**
 * The keys in `keys.json` of the data directory, readable by its owner only, made the first time: what is stored there
 * can be opened with these alone. New ones each time for "memory". Throws when the file is not what was written.
 */
export async function developmentKeys(dataDir: string | "memory"): Promise<DevelopmentKeys> {
  if (dataDir === "memory") return newKeys();
  const path = join(dataDir, "keys.json");
  const keys = parsed(await madeOnce(path, () => `${JSON.stringify(newKeys(), null, 2)}\n`));
  const isKeyList = (value: unknown) =>
    typeof value === "string" && /^[^:,]+:[\w-]{43}(,[^:,]+:[\w-]{43})*$/.test(value);
  if (!isKeyList(keys?.LANYARD_SEALING_KEYS) || !isKeyList(keys?.LANYARD_DERIVATION_KEYS)) {
    throw new Error(`${path} does not hold the keys of this data: put it back, or remove the whole data directory`);
  }
  return keys as DevelopmentKeys;
}

function newKeys(): DevelopmentKeys {
  const key = () => `dev-${randomBytes(3).toString("hex")}:${randomBytes(32).toString("base64url")}`;
  return { LANYARD_SEALING_KEYS: key(), LANYARD_DERIVATION_KEYS: key() };
}

function parsed(text: string): Partial<DevelopmentKeys> | undefined {
  try {
    return JSON.parse(text) as Partial<DevelopmentKeys>;
  } catch {
    return undefined;
  }
}

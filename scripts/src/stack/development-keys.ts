import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

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
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, "keys.json");
  const known = await readKeys(path);
  if (known !== undefined) return known;

  // Written aside and linked into place, so that of two that start at once both go on with the keys of one.
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(aside, `${JSON.stringify(newKeys(), null, 2)}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(aside, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    await rm(aside, { force: true });
  }
  const stored = await readKeys(path);
  if (stored === undefined) throw new Error(`${path} was written and is gone`);
  return stored;
}

function newKeys(): DevelopmentKeys {
  const key = () => `dev-${randomBytes(3).toString("hex")}:${randomBytes(32).toString("base64url")}`;
  return { LANYARD_SEALING_KEYS: key(), LANYARD_DERIVATION_KEYS: key() };
}

async function readKeys(path: string): Promise<DevelopmentKeys | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  const keys = parsed(text);
  const isKeyList = (value: unknown) =>
    typeof value === "string" && /^[^:,]+:[\w-]{43}(,[^:,]+:[\w-]{43})*$/.test(value);
  if (!isKeyList(keys?.LANYARD_SEALING_KEYS) || !isKeyList(keys?.LANYARD_DERIVATION_KEYS)) {
    throw new Error(`${path} does not hold the keys of this data: put it back, or remove the whole data directory`);
  }
  return keys as DevelopmentKeys;
}

function parsed(text: string): Partial<DevelopmentKeys> | undefined {
  try {
    return JSON.parse(text) as Partial<DevelopmentKeys>;
  } catch {
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

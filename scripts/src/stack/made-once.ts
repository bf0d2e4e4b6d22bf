import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * The text of a file that is readable by its owner only: what stands there, or `text`, written the first time. Written
 * aside and linked into place, so that of two that start at once both go on with the text of one.
 */
export async function madeOnce(path: string, text: () => string): Promise<string> {
  const known = await textIn(path);
  if (known !== undefined) return known;
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(aside, text(), { mode: 0o600, flag: "wx" });
  try {
    await link(aside, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    await rm(aside, { force: true });
  }
  const stored = await textIn(path);
  if (stored === undefined) throw new Error(`${path} was written and is gone`);
  return stored;
}

/** The text of a file; `undefined` when there is none. */
export async function textIn(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

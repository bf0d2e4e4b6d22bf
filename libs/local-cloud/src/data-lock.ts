import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another living process holds the directory. */
export class DataDirInUse extends Error {
  override readonly name = "DataDirInUse";

  constructor(dir: string) {
    super(`another Lanyard is using ${dir}`);
  }
}

/**
 * Holds the directory for this process until it ends, however it ends; throws DataDirInUse when another one holds it.
 * The system gives up a dead process's file lock, so nothing stale is ever left behind: SQLite is the one such lock in Node.
 */
export function lockDataDir(dir: string): { release(): void } {
  mkdirSync(dir, { recursive: true });
  const database = new DatabaseSync(join(dir, "lock.db"));
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) throw new DataDirInUse(dir);
    throw error;
  }
  return { release: () => database.close() };
}

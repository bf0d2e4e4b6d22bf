import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { completeLockFile, type LockFile } from "./complete-lock-file.ts";

/** Completes package-lock.json after an `npm install` from a registry that lacks other platforms' binaries. */
const path = join(import.meta.dirname, "../../package-lock.json");
const { lock, added, missing } = completeLockFile(JSON.parse(readFileSync(path, "utf8")) as LockFile);
if (added.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} packages of other platforms added to package-lock.json`);
for (const name of missing) console.error(`not in the lock file, and not to be guessed: ${name}`);
process.exitCode = missing.length === 0 ? 0 : 1;

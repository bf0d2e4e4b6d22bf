import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const logsKept = 10;

/**
 * The path for the log of a start at `now`: in `logs` of the data directory, where the ten newest stay, or in a temporary
 * directory for "memory".
 */
export function startLogFile(dataDir: string | "memory", now: Date): string {
  const name = `lanyard-${now.toISOString().replace(/[:.]/g, "-")}.log`;
  if (dataDir === "memory") return join(mkdtempSync(join(tmpdir(), "lanyard-")), name);
  const directory = join(dataDir, "logs");
  mkdirSync(directory, { recursive: true });
  const logs = readdirSync(directory)
    .filter((each) => each.endsWith(".log"))
    .sort();
  for (const old of logs.slice(0, Math.max(0, logs.length - logsKept + 1)))
    rmSync(join(directory, old), { force: true });
  return join(directory, name);
}

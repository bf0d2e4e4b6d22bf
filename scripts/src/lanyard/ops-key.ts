import { opsKeyFile } from "../stack/development-ops-key.ts";
import { textIn } from "../stack/made-once.ts";
import { exitStatus, LanyardMistake } from "./lanyard-mistake.ts";
import type { Surroundings } from "./surroundings.ts";

const HERE = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The key to show: LANYARD_OPS_KEY, or for a gateway on this machine the one that `npm start` made in its data directory,
 * which is sent nowhere else.
 * @throws LanyardMistake
 */
export async function opsKey({ env }: Pick<Surroundings, "env">, baseUrl: string): Promise<string> {
  const given = env["LANYARD_OPS_KEY"]?.trim();
  if (given) {
    if (/^[\w-]{43,512}$/.test(given)) return given;
    throw new LanyardMistake("LANYARD_OPS_KEY is no ops key: 43 or more of A-Z a-z 0-9 - _", exitStatus.notAllowed);
  }
  const dataDir = env["LANYARD_DATA_DIR"] || ".lanyard";
  if (!HERE.has(new URL(baseUrl).hostname)) {
    throw new LanyardMistake(`no key for ${baseUrl}: set LANYARD_OPS_KEY`, exitStatus.notAllowed);
  }
  const made = dataDir === "memory" ? undefined : await textIn(opsKeyFile(dataDir));
  if (made !== undefined) return made.trim();
  throw new LanyardMistake(
    "no key: set LANYARD_OPS_KEY (npm start prints it), or LANYARD_DATA_DIR to the data directory of npm start",
    exitStatus.notAllowed,
  );
}

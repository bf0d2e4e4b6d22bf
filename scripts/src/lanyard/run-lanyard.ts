import { Command, CommanderError, InvalidArgumentError } from "commander";
import { addAdmin } from "./admin.ts";
import { addAndon } from "./andon.ts";
import { addAudit } from "./audit.ts";
import { addDeadLetters } from "./dead-letters.ts";
import { addKeys } from "./keys.ts";
import { type ExitStatus, exitStatus, LanyardMistake } from "./lanyard-mistake.ts";
import { addOperations } from "./operations.ts";
import { addRevocations } from "./revocations.ts";
import type { Surroundings } from "./surroundings.ts";
import { addUsers } from "./users.ts";

/** Every group of commands, each in a file of its own, in the order of the help. */
const groups: readonly ((program: Command, surroundings: Surroundings) => void)[] = [
  addUsers,
  addAdmin,
  addDeadLetters,
  addOperations,
  addKeys,
  addAndon,
  addRevocations,
  addAudit,
];

/** `npm run lanyard -- …`. Says what is wrong on `err`; what is no mistake of its user's or the gateway's is thrown. */
export async function runLanyard(args: readonly string[], surroundings: Surroundings): Promise<ExitStatus> {
  try {
    await lanyardProgram(surroundings).parseAsync(idsLast(args), { from: "user" });
    return exitStatus.done;
  } catch (error) {
    // It has been told already, or was asked for: help is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage;
    if (!(error instanceof LanyardMistake)) throw error;
    surroundings.err(`${error.message}\n`);
    return error.exitStatus;
  }
}

/** A key's id is a thumbprint (RFC 7638), of which one in 64 begins like an option: behind `--` nothing is one. */
function idsLast(args: readonly string[]): string[] {
  const ids = args.filter((arg) => /^-[\w-]{42}$/.test(arg));
  const others = args.filter((arg) => !ids.includes(arg));
  return ids.length === 0 || args.includes("--") ? [...args] : [...others, "--", ...ids];
}

/** The whole command line; commands added to it inherit how it writes, helps and ends. */
export function lanyardProgram(surroundings: Surroundings): Command {
  const program = new Command("npm run lanyard --")
    .description("Operates a deployment of Lanyard through its gateway.")
    .option("--base-url <url>", "where the gateway answers", plainUrl, "http://localhost:8080")
    .option("--json", "what the gateway answered, as JSON; npm run -s adds nothing to it", false)
    .helpOption("--help", "this text")
    .helpCommand(false)
    .showHelpAfterError("See --help.")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: surroundings.out, writeErr: surroundings.err })
    .exitOverride()
    .addHelpText("after", afterHelp);
  for (const add of groups) add(program, surroundings);
  return program;
}

const afterHelp = `
Environment
  LANYARD_OPS_KEY   the key to show; for a gateway on this machine by default
                    the one that npm start made
  LANYARD_DATA_DIR  the data directory of npm start (default: .lanyard)

Exit status: 0 done, 1 failed, 2 wrong usage, 3 not allowed, 4 not found.`;

function plainUrl(given: string): string {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new InvalidArgumentError("It must be an http(s) URL.");
  }
  const { username, password, search, hash } = new URL(given);
  if (username + password + search + hash !== "") {
    throw new InvalidArgumentError("It must be a plain address: no user, query or fragment.");
  }
  return given.replace(/\/+$/, "");
}

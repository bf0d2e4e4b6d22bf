import { parseArgs } from "node:util";

export interface BenchOptions {
  /** Names of benchmarks, in the order of the list. */
  readonly only: readonly string[];
  readonly json: boolean;
  /** For each variant in each round. */
  readonly seconds: number;
  readonly rounds: number;
  /** Where many are wanted. */
  readonly sessions: number;
}

/** Something that whoever runs `npm run bench` can put right: shown without a stack trace. */
export class BenchMistake extends Error {
  override readonly name = "BenchMistake";
}

const defaultSeconds = 2;
const longestSeconds = 60;
const defaultRounds = 5;
const mostRounds = 50;
const defaultSessions = 10_000;
const mostSessions = 1_000_000;

/** @throws BenchMistake */
export function benchOptions(args: readonly string[], names: readonly string[]): BenchOptions | "help" {
  const values = valuesOf(args);
  if (values.help) return "help";
  const unknown = values.only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new BenchMistake(`there is no ${unknown.join(", ")}; there are ${names.join(", ")}`);
  const seconds = Number(values.seconds ?? defaultSeconds);
  if (!(seconds > 0 && seconds <= longestSeconds)) {
    throw new BenchMistake(`--seconds must be more than 0 and at most ${longestSeconds}`);
  }
  const rounds = Number(values.rounds ?? defaultRounds);
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= mostRounds)) {
    throw new BenchMistake(`--rounds must be a whole number from 1 to ${mostRounds}`);
  }
  const sessions = Number(values.sessions ?? defaultSessions);
  if (!(Number.isInteger(sessions) && sessions >= 1 && sessions <= mostSessions)) {
    throw new BenchMistake(`--sessions must be a whole number from 1 to ${mostSessions}`);
  }
  const only = values.only.length === 0 ? names : names.filter((name) => values.only.includes(name));
  return { only, json: values.json, seconds, rounds, sessions };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true, default: [] },
        seconds: { type: "string" },
        rounds: { type: "string" },
        sessions: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    // parseArgs throws a TypeError that already says which option is wrong.
    throw new BenchMistake(error instanceof Error ? error.message : String(error));
  }
}

export const benchHelp = (benchmarks: readonly { readonly name: string; readonly what: string }[]): string => {
  const width = Math.max(...benchmarks.map(({ name }) => name.length));
  return `npm run bench -- [options]: how fast this is, as ratios measured in one run on this machine.

Progress goes to standard error, one table to standard output. docs/benchmarks.md says how to read it.

Benchmarks
${benchmarks.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`).join("\n")}

Options
  --only <name>   this one alone; may be given more than once     default: all
  --seconds <n>   how long each variant runs in each round        default ${defaultSeconds}
  --rounds <n>    rounds, after one to warm up                    default ${defaultRounds}
  --sessions <n>  how many there are where many are wanted        default ${defaultSessions}
  --json          the findings as one JSON object; npm run -s adds nothing to it
  --help          this text

Exit status: 0 when all was measured and every target met, 1 when not, 2 when the options are wrong.
`;
};

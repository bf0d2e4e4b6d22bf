import { parseArgs } from "node:util";

export interface SmokeOptions {
  /** Without a slash at its end. */
  baseUrl: string;
  json: boolean;
  /** For each step. */
  timeoutSeconds: number;
  /** Whether the deployment takes `X-User-ID`. */
  visitorIds: boolean;
}

/** Something that whoever runs `npm run smoke` can put right: shown without a stack trace. */
export class SmokeMistake extends Error {
  override readonly name = "SmokeMistake";
}

const defaultTimeoutSeconds = 15;
const longestTimeoutSeconds = 600;

/** @throws SmokeMistake */
export function smokeOptions(args: readonly string[]): SmokeOptions | "help" {
  const values = valuesOf(args);
  if (values.help) return "help";
  const given = values["base-url"];
  if (given === undefined) throw new SmokeMistake("--base-url is missing: see npm run smoke -- --help");
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new SmokeMistake(`--base-url must be an http(s) URL, not "${given}"`);
  }
  const { username, password, search, hash } = new URL(given);
  if (username + password + search + hash !== "") {
    throw new SmokeMistake("--base-url must be a plain address: no user, query or fragment");
  }
  const timeoutSeconds = Number(values["timeout-seconds"] ?? defaultTimeoutSeconds);
  if (!(timeoutSeconds > 0 && timeoutSeconds <= longestTimeoutSeconds)) {
    throw new SmokeMistake(`--timeout-seconds must be more than 0 and at most ${longestTimeoutSeconds}`);
  }
  return {
    baseUrl: given.replace(/\/+$/, ""),
    json: values.json,
    timeoutSeconds,
    visitorIds: !values["without-visitor-ids"],
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        "base-url": { type: "string" },
        "timeout-seconds": { type: "string" },
        "without-visitor-ids": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    // parseArgs throws a TypeError that already says which option is wrong.
    throw new SmokeMistake(error instanceof Error ? error.message : String(error));
  }
}

export const smokeHelp = `npm run smoke -- --base-url <url>: one journey through a running deployment.

Makes a few visitors, and looks at every answer on the way. Stops at the first step that fails.
No token or secret is ever printed.

Options
  --base-url <url>         where the gateway answers, as http://localhost:8080     required
  --timeout-seconds <n>    how long each step may take                             default ${defaultTimeoutSeconds}
  --without-visitor-ids    leaves out X-User-ID, for a deployment that takes none
  --json                   the report as one JSON object; npm run -s adds nothing to it
  --help                   this text

Exit status: 0 when every step succeeded, 1 when one failed, 2 when the options are wrong.
`;

import { createInterface } from "node:readline/promises";
import { runLanyard } from "./lanyard/run-lanyard.ts";

/** On stderr, so that the answer alone is on stdout. */
async function question(text: string): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await asking.question(text);
  } finally {
    asking.close();
  }
}

/** Also on stderr; a line that would not fit is cut, or it could not be taken back. */
function progress(line: string): void {
  process.stderr.write(`\r\u001B[K${line.slice(0, process.stderr.columns - 1)}`);
}

/** `npm run lanyard -- …`. */
process.exitCode = await runLanyard(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  ...(process.stdin.isTTY === true && { question }),
  ...(process.stderr.isTTY === true && { progress }),
});

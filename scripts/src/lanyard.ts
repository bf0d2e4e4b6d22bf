import { runLanyard } from "./lanyard/run-lanyard.ts";

/** `npm run lanyard -- …`. */
process.exitCode = await runLanyard(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
});

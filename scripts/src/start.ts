import { DataDirInUse } from "@lanyard/local-cloud";
import { PortTaken, type Stack, startStack } from "./stack.ts";
import { onStopSignals } from "./start/on-stop-signals.ts";
import { type StartConfig, StartMistake, startConfig, startHelp } from "./start/start-config.ts";
import { startLogFile } from "./start/start-log-file.ts";
import { startScreen } from "./start/start-screen.ts";

/** `npm start`. */
const startedAt = performance.now();
const calledOff = new AbortController();
let stack: Stack | undefined;

onStopSignals(process, {
  stop: () => {
    console.log("\nStopping; Ctrl-C again kills.");
    calledOff.abort();
    stack?.stop().then(() => process.exit(0), failed);
  },
  // What is not yet in the stack ends with this process, by its channel to it.
  kill: () => void Promise.resolve(stack?.destroy()).finally(() => process.exit(1)),
  now: () => performance.now(),
});

try {
  const config = startConfig(process.argv.slice(2), process.env);
  if (config === "help") console.log(startHelp);
  else await start(config);
} catch (error) {
  // Called off while starting: what had been started is gone.
  if (calledOff.signal.aborted) process.exit(0);
  failed(error);
}

async function start({ dataDir, gatewayPort }: StartConfig): Promise<void> {
  const logFile = startLogFile(dataDir, new Date());
  console.log("Starting Lanyard …");
  stack = await startStack({
    dataDir,
    mode: "development",
    env: process.env,
    gatewayPort,
    preferredCloudPorts: { sqsSns: 4566, dynamo: 4567 },
    log: (line) => console.log(line),
    logFile,
    superviseRestarts: true,
    signal: calledOff.signal,
  });
  const port = new URL(stack.baseUrl).port;
  const screen = startScreen({
    baseUrl: `http://localhost:${port}`,
    endpoints: stack.cloud?.endpoints ?? {},
    hasMailbox: stack.mailbox !== undefined,
    dataDir,
    logFile,
    opsKey: stack.env["LANYARD_OPS_KEY"] ?? "",
    seconds: (performance.now() - startedAt) / 1000,
  });
  console.log(screen);
}

function failed(error: unknown): never {
  console.error(isExpected(error) ? explained(error) : error);
  process.exit(1);
}

function isExpected(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof TypeError || error instanceof ReferenceError);
}

function explained(error: Error): string {
  if (error instanceof PortTaken) {
    return `Port ${error.port} is taken. PORT=0 npm start picks a free one, PORT=<number> npm start another.`;
  }
  if (error instanceof DataDirInUse) {
    return `${error.message}: stop that one, or give this one its own with LANYARD_DATA_DIR=<directory> npm start.`;
  }
  if (error instanceof StartMistake) return error.message;
  return `Lanyard did not start.\n${error.message}`;
}

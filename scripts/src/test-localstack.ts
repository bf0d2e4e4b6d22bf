import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { localStackImageOf } from "./localstack/localstack-image.ts";
import { runIntegrationTests } from "./localstack/run-integration-tests.ts";
import { startLocalStack } from "./localstack/start-localstack.ts";

/** `npm run test:localstack`. */
const root = join(import.meta.dirname, "../..");
const jestFlags = [
  "--disable-warning=ExperimentalWarning",
  "--experimental-vm-modules",
  "node_modules/jest/bin/jest.js",
];

process.exitCode = await runIntegrationTests({
  env: process.env,
  args: process.argv.slice(2),
  startLocalStack: () =>
    startLocalStack(localStackImageOf(readFileSync(join(root, "docker-compose.yml"), "utf8")), console.log),
  runJest,
  log: console.log,
});

async function runJest(args: readonly string[], env: Record<string, string | undefined>): Promise<number> {
  const jest = spawn(process.execPath, [...jestFlags, ...args], { cwd: root, env, stdio: "inherit" });
  // A stop ends the tests; this process goes on, to stop the container.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => jest.kill(signal));
  const [code] = (await once(jest, "exit")) as [number | null];
  return code ?? 1;
}

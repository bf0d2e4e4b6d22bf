import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { nodeFlags } from "./node-flags.ts";

/** Runs the provisioner as a process with exactly this environment, so that it sees what the services see. */
export async function provisionCloud(options: {
  path: string;
  env: Readonly<Record<string, string>>;
  log: (line: string) => void;
  signal: AbortSignal | undefined;
}): Promise<void> {
  const { path, env, log, signal } = options;
  const child = spawn(process.execPath, [...nodeFlags(), path], {
    detached: true,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const abort = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", abort);
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on("line", log);
  createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line));
  const [code, by] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  signal?.removeEventListener("abort", abort);
  signal?.throwIfAborted();
  if (code !== 0) throw new Error([`provisioning failed (${by ?? `exit ${code}`})`, ...complaints].join("\n"));
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DataDirInUse } from "./data-lock.ts";
import type { EmulatorMessage, EmulatorOptions } from "./emulator-protocol.ts";
import { freePort, isPortFree } from "./free-port.ts";

const startTimeoutMs = 20_000;
const stopTimeoutMs = 5000;
const samePortTimeoutMs = 5000;

/** One emulator process and the port it keeps. */
export interface EmulatorSpec {
  /** What it is called in logs and errors. */
  name: string;
  file: URL;
  /** Where its data lives, and the data directory to name when that is in use; absent: in memory. */
  storage?: { dir: string; dataDir: string };
  /** Taken when free. Default: any free port. */
  preferredPort?: number;
  /** A second port, for SMTP. */
  smtpPort?: number;
  /** Resolves when a real request has been answered. */
  probe: (endpoint: string) => Promise<void>;
  log: (line: string) => void;
  /** Told when the process ends though nobody here ended it. */
  onUnexpectedExit?: (name: string) => void;
}

/** Starts, ends and restarts one emulator process. */
export class Emulator {
  readonly #spec: EmulatorSpec;
  #child: ChildProcess | undefined;
  #port: number | undefined;
  #ending = false;
  #starting: Promise<void> | undefined;
  #lastLines: string[] = [];

  constructor(spec: EmulatorSpec) {
    this.#spec = spec;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#spec.name} is not running`);
    return pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the process answers requests; throws when its data is in use, its port is taken or it ends. */
  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Starts the process unless it runs; resolves when it answers requests. */
  async restart(): Promise<void> {
    if (this.#starting !== undefined || !this.isRunning) await this.start();
  }

  async #start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const port = await this.#choosePort();
      const failure = await this.#startOn(port);
      if (failure === undefined) {
        this.#port = port;
        return;
      }
      if (failure.code === "data_dir_in_use") throw new DataDirInUse(this.#spec.storage?.dataDir ?? "memory");
      // Someone took the port since it was found free: any other is as good, unless clients already know this one.
      if (failure.code !== "port_in_use" || attempt === 3) throw new Error(failure.message);
    }
  }

  /** Lets the process close its data; after 5 s it is killed. */
  async stop(): Promise<void> {
    await this.#end((child) => {
      if (child.connected) child.send({ type: "stop" }, () => undefined);
      else child.kill("SIGTERM");
    });
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end((child) => child.kill("SIGKILL"));
  }

  async #end(ask: (child: ChildProcess) => void): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    this.#ending = true;
    const exited = once(child, "exit");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    ask(child);
    await exited;
    clearTimeout(timer);
  }

  async #choosePort(): Promise<number> {
    if (this.#port !== undefined) {
      await waitUntilFree(this.#port, this.#spec.name);
      return this.#port;
    }
    const { preferredPort } = this.#spec;
    return preferredPort !== undefined && (await isPortFree(preferredPort)) ? preferredPort : freePort();
  }

  async #startOn(port: number): Promise<{ code: string; message: string } | undefined> {
    const { name, storage, file, probe, smtpPort } = this.#spec;
    const options: EmulatorOptions = {
      port,
      ...(storage === undefined ? {} : { dir: storage.dir }),
      ...(smtpPort === undefined ? {} : { smtpPort }),
    };
    this.#ending = false;
    this.#lastLines = [];
    const child = spawn(process.execPath, [...nodeFlags(), fileURLToPath(file), JSON.stringify(options)], {
      // A group of its own, so that a terminal's Ctrl-C reaches the parent only, which ends things in order.
      detached: true,
      // Emulators read variables of their own (FAUXQS_HOST, …); those of this machine must not change what runs.
      env: { AWS_REGION: "us-east-1" },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.#watchOutput(child);

    const outcome = await firstWord(child, name);
    if (outcome.type === "failed") {
      await this.kill();
      return { ...outcome, message: [`${name}: ${outcome.message}`, ...this.#lastLines].join("\n") };
    }
    try {
      await probe(`http://127.0.0.1:${port}`);
    } catch (cause) {
      await this.kill();
      throw new Error([`${name} listens but does not answer`, ...this.#lastLines].join("\n"), { cause });
    }
    child.once("exit", (code, signal) => {
      if (this.#ending) return;
      this.#spec.log(`${name} ended unexpectedly (${signal ?? code})`);
      this.#spec.onUnexpectedExit?.(name);
    });
    return undefined;
  }

  #watchOutput(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#lastLines = [...this.#lastLines, line].slice(-20);
        this.#spec.log(`${this.#spec.name}: ${line}`);
      });
    }
  }
}

function firstWord(child: ChildProcess, name: string): Promise<EmulatorMessage> {
  const failed = (message: string): EmulatorMessage => ({ type: "failed", code: "crashed", message });
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(failed(`not listening after ${startTimeoutMs / 1000} s`)), startTimeoutMs);
    const settle = (message: EmulatorMessage) => {
      clearTimeout(timer);
      resolve(message);
    };
    child.once("message", (message) => settle(message as EmulatorMessage));
    child.once("error", (error) => settle(failed(`could not start ${name}: ${error.message}`)));
    // "close" comes after the last output line, so that the reason is known by then.
    child.once("close", (code, signal) => settle(failed(`ended at start (${signal ?? code})`)));
  });
}

async function waitUntilFree(port: number, name: string): Promise<void> {
  const deadline = Date.now() + samePortTimeoutMs;
  while (!(await isPortFree(port))) {
    if (Date.now() > deadline) throw new Error(`${name}: port ${port} has been taken by another process`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Node 22 before 22.18 runs TypeScript only when asked to; whoever started this process has asked.
function nodeFlags(): string[] {
  return [
    "--disable-warning=ExperimentalWarning",
    ...process.execArgv.filter((each) => each === "--experimental-strip-types"),
  ];
}

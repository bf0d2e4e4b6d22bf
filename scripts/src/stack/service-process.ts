import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { nodeFlags } from "./node-flags.ts";
import { whenReady } from "./when-ready.ts";

const stopTimeoutMs = 15_000;
const firstBackoffMs = 250;
const longestBackoffMs = 15_000;
/** Who was ready for so long does not end at each start: the pauses begin anew. */
const healthySpellMs = 5000;
const lastLinesKept = 20;
/** What a service exits with when its configuration cannot work (EX_CONFIG): started again it would end the same way. */
const exitConfig = 78;

/** "stopped": ended and not to be started again by itself. "failed": given up. */
export type ServiceState = "starting" | "ready" | "waiting-to-restart" | "stopped" | "failed";

export interface ServiceSpec {
  /** Name and index: `token-0`. */
  id: string;
  /** The script to run. */
  path: string;
  env: Readonly<Record<string, string>>;
  /** Start it again when it ends by itself, after pauses that grow until it was ready for 5 s. */
  supervise: boolean;
  /** What happens to the service. */
  log: (line: string) => void;
  /** What the service writes. */
  output: (line: string) => void;
  /** Milliseconds that only grow. Default: those of this process. */
  now?: () => number;
}

/** One service as a process of its own: started, watched, ended. */
export class ServiceProcess {
  readonly #spec: ServiceSpec;
  readonly #now: () => number;
  #child: ChildProcess | undefined;
  #state: ServiceState = "stopped";
  #url: string | undefined;
  #backoffMs = firstBackoffMs;
  #readySince = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  #lastLines: string[] = [];
  /** Counts starts and stops: what still waits for an end or a pause of an earlier one must not act any more. */
  #era = 0;

  constructor(spec: ServiceSpec) {
    this.#spec = spec;
    this.#now = spec.now ?? (() => performance.now());
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** Of the last process, also after its end; undefined before the first. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Where its health is answered; undefined until it listens. */
  get url(): string | undefined {
    return this.#url;
  }

  /** Resolves when the service is ready; throws with its last lines when it ends before, or is not ready in time. */
  async start(signal?: AbortSignal): Promise<void> {
    this.#beginEra();
    try {
      await this.#launch(signal);
    } catch (error) {
      await this.#end("SIGKILL");
      this.#state = "failed";
      throw error;
    }
  }

  /** SIGTERM, so that the service ends its work; SIGKILL after 15 s. */
  async stop(): Promise<void> {
    this.#beginEra();
    await this.#end("SIGTERM");
    this.#state = "stopped";
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /**
   * Sends the signal as if it came from elsewhere: a supervised service that ends of it is started again. Resolves when
   * the process is gone, or at once for a signal that does not end it (SIGSTOP, SIGCONT, SIGUSR1, …).
   */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || !isRunning(child)) return;
    const ends = signal === "SIGKILL" || signal === "SIGTERM" || signal === "SIGINT";
    const exited = ends ? once(child, "exit") : undefined;
    child.kill(signal);
    await exited;
  }

  /** SIGKILL, for good. */
  async destroy(): Promise<void> {
    this.#beginEra();
    await this.#end("SIGKILL");
    this.#state = "stopped";
  }

  async #launch(signal?: AbortSignal): Promise<void> {
    const { path, env, id } = this.#spec;
    const era = this.#era;
    this.#state = "starting";
    this.#url = undefined;
    this.#lastLines = [];
    const child = spawn(process.execPath, [...nodeFlags(), path], {
      // A group of its own: a terminal's Ctrl-C reaches only the process that then stops all in order.
      detached: true,
      env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.#watchOutput(child);
    try {
      await whenReady(child, { signal, onListening: (url) => (this.#url = url) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error([`${id} did not start: ${reason}`, ...this.#lastLines.map((line) => `  ${line}`)].join("\n"));
    }
    if (era !== this.#era) return;
    this.#state = "ready";
    this.#readySince = this.#now();
    if (isRunning(child)) child.once("exit", (code, by) => this.#onExit(era, code, by));
    else this.#onExit(era, child.exitCode, child.signalCode);
  }

  #onExit(era: number, code: number | null, signal: NodeJS.Signals | null): void {
    if (era !== this.#era) return;
    const { id, log, supervise } = this.#spec;
    if (this.#now() - this.#readySince >= healthySpellMs) this.#backoffMs = firstBackoffMs;
    const what = supervise ? `, and is started again in ${this.#backoffMs} ms` : "";
    log(`${id} ended unexpectedly (${signal ?? `exit ${code}`})${what}`);
    this.#state = "stopped";
    if (supervise) this.#restartLater();
  }

  #restartLater(): void {
    const era = this.#era;
    const pauseMs = this.#backoffMs;
    this.#state = "waiting-to-restart";
    this.#backoffMs = Math.min(pauseMs * 2, longestBackoffMs);
    this.#restartTimer = setTimeout(() => void this.#restartNow(era), pauseMs);
  }

  async #restartNow(era: number): Promise<void> {
    const { id, log } = this.#spec;
    try {
      await this.#launch();
      if (era === this.#era) log(`${id} is back`);
    } catch (error) {
      if (era !== this.#era) return;
      const isConfig = this.#child?.exitCode === exitConfig;
      await this.#end("SIGKILL");
      if (era !== this.#era) return;
      log(error instanceof Error ? error.message : String(error));
      if (!isConfig) return this.#restartLater();
      this.#state = "failed";
      log(`${id} is not started again: its configuration cannot work`);
    }
  }

  #beginEra(): void {
    this.#era++;
    clearTimeout(this.#restartTimer);
    this.#backoffMs = firstBackoffMs;
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || !isRunning(child)) return;
    const exited = once(child, "exit");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    child.kill(signal);
    // A process that was stopped with SIGSTOP acts on SIGTERM only when it goes on.
    child.kill("SIGCONT");
    await exited;
    clearTimeout(timer);
  }

  #watchOutput(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#lastLines = [...this.#lastLines, line].slice(-lastLinesKept);
        this.#spec.output(line);
      });
    }
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

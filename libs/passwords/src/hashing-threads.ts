import type { Argon2Parameters } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Argon2id } from "./argon2id.ts";

interface Hash {
  readonly parameters: Argon2Parameters;
  readonly resolve: (tag: Buffer) => void;
  readonly reject: (error: Error) => void;
}

interface UnderWay extends Hash {
  /** Milliseconds on this process's own clock. */
  readonly begunAt: number;
}

export interface HashingThreadsOptions {
  /** How many at the most; one at least. They are started when they are needed. */
  readonly threads: number;
  /** How much of its time a thread hashes at the most, percent; default 100. After each hash it rests for the others' sake. */
  readonly busyPercent?: number;
  /** Default: a timer that keeps no process alive. */
  readonly rest?: (ms: number) => Promise<void>;
}

/**
 * argon2id on threads of its own, as many at once as there are threads, which give way to everything else on the machine:
 * Node's pool serves files and names too, at the priority of its process. A thread that rests does so for as long as its last
 * hash took, by the share: the busier the machine, the longer.
 */
export class HashingThreads {
  readonly #waiting: Hash[] = [];
  readonly #idle: Worker[] = [];
  readonly #hashing = new Map<Worker, UnderWay>();
  readonly #resting = new Set<Worker>();
  readonly #options: Required<HashingThreadsOptions>;

  constructor(options: HashingThreadsOptions) {
    this.#options = { busyPercent: 100, rest: (ms) => setTimeout(ms, undefined, { ref: false }), ...options };
  }

  readonly argon2id: Argon2id = (parameters) =>
    new Promise((resolve, reject) => {
      this.#waiting.push({ parameters, resolve, reject });
      this.#next();
    });

  /** Ends the threads; what is being hashed is rejected. */
  async close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("hashing has been stopped"));
    const threads = [...this.#idle.splice(0), ...this.#resting, ...this.#hashing.keys()];
    this.#resting.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const isFull = this.#hashing.size + this.#resting.size >= this.#options.threads;
    const thread = this.#idle.pop() ?? (isFull ? undefined : this.#start());
    const hash = thread && this.#waiting.shift();
    if (thread === undefined || hash === undefined) return;
    this.#hashing.set(thread, { ...hash, begunAt: performance.now() });
    thread.ref();
    thread.postMessage(hash.parameters);
  }

  #start(): Worker {
    const thread = new Worker(new URL("./hashing-thread.ts", import.meta.url));
    thread.on("message", (tag: Uint8Array) => {
      // A thread that hashes nothing keeps no process alive.
      thread.unref();
      const hash = this.#hashing.get(thread);
      if (hash === undefined) return;
      this.#hashing.delete(thread);
      this.#resting.add(thread);
      hash.resolve(Buffer.from(tag));
      void this.#rest(thread, performance.now() - hash.begunAt);
    });
    thread.on("error", (error: Error) => this.#lose(thread, error));
    thread.on("exit", () => this.#lose(thread, new Error("a hashing thread has ended")));
    return thread;
  }

  async #rest(thread: Worker, hashedForMs: number): Promise<void> {
    const { busyPercent, rest } = this.#options;
    if (busyPercent < 100) await rest((hashedForMs * (100 - busyPercent)) / busyPercent);
    // Deleted already: all of them were stopped meanwhile.
    if (!this.#resting.delete(thread)) return;
    this.#idle.push(thread);
    this.#next();
  }

  #lose(thread: Worker, error: Error): void {
    const hash = this.#hashing.get(thread);
    this.#hashing.delete(thread);
    this.#resting.delete(thread);
    const index = this.#idle.indexOf(thread);
    if (index >= 0) this.#idle.splice(index, 1);
    hash?.reject(error);
    this.#next();
  }
}

import { DependencyUnavailable } from "@lanyard/aws";
import type { Clock } from "./clock.ts";
import { type Disposition, retryDelaySeconds } from "./disposition.ts";
import type { Log } from "./log.ts";
import { settle } from "./settle.ts";
import { QueueGone, type ReceivedMessage, type Transport } from "./transport.ts";

export interface WorkerOptions {
  readonly queue: string;
  /** Where what can never succeed goes; `null`: it is dropped with a log line (replies, that nobody can redo). */
  readonly deadLetterQueue: string | null;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
  readonly handle: (message: ReceivedMessage) => Promise<Disposition>;
  /** Succeeds when every dependency that `handle` needs answers; asked while paused. The queue itself is asked too. */
  readonly probe: () => Promise<void>;
  /** Messages carried out at once; default 32. */
  readonly concurrency?: number;
  /** Receive calls under way at once; default 2. */
  readonly pollers?: number;
  /** Long poll; default 20. */
  readonly waitSeconds?: number;
  /** How long a message is hidden; prolonged at half time while it is carried out. Default 30. */
  readonly visibilitySeconds?: number;
  /** Called when a message has become a dead letter. */
  readonly onDeadLetter?: (reason: string) => void;
  /** Called when the queue itself does not exist; default: wait until it does. */
  readonly onQueueGone?: () => void;
}

/** `paused`: a dependency is down, nothing is received until a probe succeeds. */
export type WorkerState = "running" | "paused" | "stopping" | "stopped";

const FIRST_PROBE_MS = 200;
const SLOWEST_PROBE_MS = 2_000;
const RECEIVE_MAX = 10;
const DEFAULT_CONCURRENCY = 32;
/** This share of all places must be free before more is received. */
const WORTH_ASKING = 1 / 8;

/** A second the first times; later with growing delay, so that a half-dead dependency cannot use up the deliveries. */
const resumeDelaySeconds = (receiveCount: number): number => retryDelaySeconds(Math.max(1, receiveCount - 1));

/** Receives from one queue and acts on what became of each message. A message is deleted last. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #visibilitySeconds: number;
  readonly #inFlight = new Set<Promise<void>>();
  /** Messages that wait for a dependency, by receipt: shown again when it is back. */
  readonly #held = new Map<string, ReceivedMessage>();
  readonly #stopped = new AbortController();
  #free: number;
  #slotFreed: (() => void)[] = [];
  #state: WorkerState = "stopped";
  #resumed: Promise<void> = Promise.resolve();
  #pollers: Promise<void>[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#free = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#visibilitySeconds = options.visibilitySeconds ?? 30;
  }

  get state(): WorkerState {
    return this.#state;
  }

  start(): void {
    if (this.#state !== "stopped" || this.#stopped.signal.aborted) throw new Error("a worker starts once");
    this.#state = "running";
    this.#pollers = Array.from({ length: this.#options.pollers ?? 2 }, () => this.#poll());
  }

  /** Receives nothing more, lets what is under way end for at most `graceMs`; the rest comes back by itself. */
  async stop(graceMs = 10_000): Promise<void> {
    if (this.#state === "stopped") return;
    this.#state = "stopping";
    this.#stopped.abort();
    for (const wake of this.#slotFreed.splice(0)) wake();
    const drained = Promise.all(this.#pollers).then(() => Promise.all(this.#inFlight));
    const cancel = new AbortController();
    await Promise.race([drained, this.#options.clock.sleep(graceMs, cancel.signal)]);
    cancel.abort();
    this.#state = "stopped";
  }

  async #poll(): Promise<void> {
    const { transport, queue, log } = this.#options;
    while (this.#state === "running" || this.#state === "paused") {
      await this.#resumed;
      const max = await this.#takeSlots();
      if (max === 0) continue;
      let messages: readonly ReceivedMessage[] = [];
      try {
        messages = await transport.receive(queue, {
          max,
          waitSeconds: this.#options.waitSeconds ?? 20,
          visibilitySeconds: this.#visibilitySeconds,
        });
      } catch (error) {
        if (error instanceof QueueGone) this.#options.onQueueGone?.();
        else if (!(error instanceof DependencyUnavailable)) log.error({ queue, err: error }, "receiving failed");
        this.#pause(error instanceof DependencyUnavailable ? error.dependency : "queue");
      }
      this.#giveSlots(max - messages.length);
      for (const message of messages) this.#begin(message);
    }
  }

  #begin(message: ReceivedMessage): void {
    if (this.#state === "paused") {
      // A poll that was under way when the dependency went down.
      this.#held.set(message.receiptHandle, message);
      this.#giveSlots(1);
      return;
    }
    const run = this.#run(message).finally(() => {
      this.#inFlight.delete(run);
      this.#giveSlots(1);
    });
    this.#inFlight.add(run);
  }

  async #run(message: ReceivedMessage): Promise<void> {
    const { queue, log, handle } = this.#options;
    const heartbeat = new AbortController();
    const beating = this.#prolong(message, heartbeat.signal);
    try {
      const disposition = await handle(message);
      heartbeat.abort();
      await this.#act(message, disposition);
    } catch (error) {
      // Nothing is lost: what was not deleted comes back when its visibility timeout is over.
      if (error instanceof DependencyUnavailable) this.#hold(message, error.dependency);
      else
        log.error({ queue, messageId: message.messageId, err: error }, "a message was left to its visibility timeout");
    } finally {
      heartbeat.abort();
      await beating;
    }
  }

  async #act(message: ReceivedMessage, disposition: Disposition): Promise<void> {
    if (disposition.kind === "hold") this.#hold(message, disposition.dependency);
    else await settle(message, disposition, this.#options);
  }

  #hold(message: ReceivedMessage, dependency: string): void {
    this.#held.set(message.receiptHandle, message);
    this.#pause(dependency);
  }

  /** An outage costs each message at most one delivery: nothing is received until everything answers again. */
  #pause(dependency: string): void {
    if (this.#state !== "running") return;
    this.#state = "paused";
    this.#options.log.warn({ queue: this.#options.queue, dependency }, "paused: a dependency is down");
    this.#resumed = this.#untilAnswered();
  }

  async #untilAnswered(): Promise<void> {
    const { transport, queue, clock, log, probe } = this.#options;
    const pausedAt = clock.now();
    for (let delay = FIRST_PROBE_MS; !this.#stopped.signal.aborted; delay = Math.min(delay * 2, SLOWEST_PROBE_MS)) {
      await clock.sleep(delay, this.#stopped.signal);
      try {
        await Promise.all([transport.probe(queue), probe()]);
        break;
      } catch (error) {
        log.debug({ queue, err: error }, "still paused");
      }
    }
    if (this.#state === "paused") this.#state = "running";
    log.info({ queue, pausedMs: clock.now() - pausedAt, held: this.#held.size }, "resumed");
    const held = [...this.#held.values()];
    this.#held.clear();
    await Promise.allSettled(
      held.map((message) =>
        transport.changeVisibility(queue, message.receiptHandle, resumeDelaySeconds(message.receiveCount)),
      ),
    );
  }

  /** Keeps a message hidden while it is carried out. */
  async #prolong(message: ReceivedMessage, signal: AbortSignal): Promise<void> {
    const { transport, queue, clock, log } = this.#options;
    for (;;) {
      await clock.sleep((this.#visibilitySeconds / 2) * 1000, signal);
      if (signal.aborted) return;
      try {
        await transport.changeVisibility(queue, message.receiptHandle, this.#visibilitySeconds);
      } catch (error) {
        log.warn({ queue, messageId: message.messageId, err: error }, "could not prolong; another may take it over");
      }
    }
  }

  /**
   * Up to ten free places, 0 when stopping. Under load it waits for some of them, so that one request fetches several
   * messages; when little is under way places are free anyway.
   */
  async #takeSlots(): Promise<number> {
    const enough = Math.ceil((this.#options.concurrency ?? DEFAULT_CONCURRENCY) * WORTH_ASKING);
    while (this.#free < enough && !this.#stopped.signal.aborted) {
      await new Promise<void>((resolve) => this.#slotFreed.push(resolve));
    }
    if (this.#stopped.signal.aborted) return 0;
    const taken = Math.min(RECEIVE_MAX, this.#free);
    this.#free -= taken;
    return taken;
  }

  #giveSlots(count: number): void {
    this.#free += count;
    for (const wake of this.#slotFreed.splice(0)) wake();
  }
}

import { ANDON_CORD, commands, deadLetterQueueOf, queueOf } from "@lanyard/contracts";
import {
  type Clock,
  type Disposition,
  type Log,
  type ReceivedMessage,
  type Transport,
  Worker,
} from "@lanyard/messaging";

export interface AndonCordOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
  readonly take: (message: ReceivedMessage) => Promise<Disposition>;
  readonly waitSeconds: number;
}

/** Pulls are few, and one after the other is as good. */
const CONCURRENCY = 4;

/** This gateway's share in taking what comes on the topic of the andon cord; whichever gateway is there takes it. */
export class AndonCord {
  readonly #worker: Worker;
  #isStopped = false;

  constructor({ transport, clock, log, take, waitSeconds }: AndonCordOptions) {
    this.#worker = new Worker({
      queue: ANDON_CORD,
      deadLetterQueue: deadLetterQueueOf(ANDON_CORD),
      transport,
      clock,
      log,
      handle: take,
      // Not the topic of events: while a refusal cannot be told, pulls go on.
      probe: () => transport.probe(queueOf(commands.session.revokeInBulk)),
      concurrency: CONCURRENCY,
      pollers: 1,
      waitSeconds,
    });
  }

  /** Whether nothing is taken because a queue is down: what is published waits. */
  get isPaused(): boolean {
    return this.#worker.state === "paused";
  }

  start(): void {
    if (!this.#isStopped) this.#worker.start();
  }

  /** Takes nothing more, and lets what is under way end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#worker.stop();
  }
}

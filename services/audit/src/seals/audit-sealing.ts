import { DependencyUnavailable } from "@lanyard/aws";
import type { Clock } from "@lanyard/messaging";
import { type SealsDueHours, sealDueHours } from "./seal-due-hours.ts";

export interface AuditSealingOptions extends Omit<SealsDueHours, "now"> {
  readonly clock: Clock;
}

const EVERY_MS = 60_000;

/** Seals what is due, once a minute, beside whatever else its process does. What fails is tried again a minute later. */
export class AuditSealing {
  readonly #options: AuditSealingOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: AuditSealingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Lets the hour that is under way end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopping;
    let seen: string | undefined;
    while (!signal.aborted) {
      try {
        seen = await sealDueHours({ ...this.#options, now: clock.now }, seen, signal);
      } catch (error) {
        if (error instanceof DependencyUnavailable) log.warn({ err: error }, "the security log cannot be sealed now");
        else log.error({ err: error }, "the security log could not be sealed");
      }
      await clock.sleep(EVERY_MS, signal);
    }
  }
}

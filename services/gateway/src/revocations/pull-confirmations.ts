import { pullConfirmationItem } from "@lanyard/contracts";
import type { Clock, Log } from "@lanyard/messaging";
import type { Pull } from "@lanyard/session-manager";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";
import type { Inbox } from "../inbox/inbox.ts";

export interface PullConfirmationsOptions {
  readonly gatewayTable: ItemStore;
  readonly clock: Clock;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
  readonly log: Log;
  /** Under which name this process confirms, and since when it has it; `undefined` while it has none. */
  readonly lease: () => Inbox["lease"];
  /** How long a write that failed waits for the next try; default 1000. */
  readonly tryAgainAfterMs?: number;
}

const KEPT_SECONDS = 8 * 24 * 3600;
/** Whoever started longer than this after a pull has nothing to say of how fast it spread. */
const LATE_MS = 60_000;

/**
 * Says of each pull, in the background, since when this process refuses what it has voided. Each is told until its item stands
 * or the process ends: no request waits for it or fails by it.
 */
export class PullConfirmations {
  readonly #options: PullConfirmationsOptions;
  readonly #items;
  readonly #stopped = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: PullConfirmationsOptions) {
    this.#options = options;
    this.#items = typedItems(options.gatewayTable, pullConfirmationItem);
  }

  /** To be called at the moment from which on this process can refuse by the pull. */
  note(pull: Pull): void {
    const { brokerNow, lease } = this.#options;
    const now = brokerNow();
    const { inbox, since } = lease() ?? {};
    if (since !== undefined && Date.parse(since) - Date.parse(pull.at) > LATE_MS) return;
    const confirmation = {
      number: pull.number,
      confirmedAt: new Date(now).toISOString(),
      propagationMs: Math.max(0, now - Date.parse(pull.at)),
    };
    const telling = this.#tell(confirmation, inbox).finally(() => this.#underWay.delete(telling));
    this.#underWay.add(telling);
  }

  /** Tries no more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#underWay);
  }

  async #tell(
    confirmation: Omit<ItemValue<typeof pullConfirmationItem>, "inbox">,
    known: string | undefined,
  ): Promise<void> {
    const { clock, lease, log, tryAgainAfterMs = 1000 } = this.#options;
    const { number, confirmedAt } = confirmation;
    const ttlEpochSeconds = Math.ceil(Date.parse(confirmedAt) / 1000) + KEPT_SECONDS;
    while (!this.#stopped.signal.aborted) {
      const inbox = known ?? lease()?.inbox;
      try {
        if (inbox !== undefined) {
          // Whoever lost has written it before.
          await this.#items.putIfAbsent({ ...confirmation, inbox }, [number, inbox], {
            writtenBy: inbox,
            ttlEpochSeconds,
          });
          return;
        }
      } catch (error) {
        log.warn({ err: error, pull: number }, "a pull could not be confirmed; trying again");
      }
      await clock.sleep(tryAgainAfterMs, this.#stopped.signal);
    }
  }
}

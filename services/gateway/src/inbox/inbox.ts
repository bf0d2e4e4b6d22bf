import { inboxLeaseItem } from "@lanyard/contracts";
import {
  type Clock,
  type Disposition,
  type Log,
  QueueGone,
  type ReceivedMessage,
  type Transport,
  Worker,
} from "@lanyard/messaging";
import { type ItemStore, type ItemValue, type Stored, typedItems } from "@lanyard/storage";

export interface InboxOptions {
  readonly transport: Transport;
  readonly gatewayTable: ItemStore;
  readonly clock: Clock;
  readonly log: Log;
  /** A name never used before, as `inbox-3f…`. */
  readonly newName: () => string;
  readonly receive: (message: ReceivedMessage) => Promise<Disposition>;
  /** Types of events that come here beside replies; default none. */
  readonly eventTypes?: readonly string[];
  readonly waitSeconds: number;
  /** Milliseconds since the epoch, on the time that all processes share; default: the clock's. */
  readonly brokerNow?: () => number;
  /** How long a lease lasts; renewed three times as often. Default 60. */
  readonly leaseSeconds?: number;
}

type Lease = ItemValue<typeof inboxLeaseItem>;

const RETENTION_SECONDS = 300;
const VISIBILITY_SECONDS = 30;

/**
 * This process's own queue for replies: made under a new name, vouched for by a lease, replaced when it is gone, deleted
 * at the end. Queues whose gateway stopped vouching are reaped by any other.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #leaseMs: number;
  readonly #leases;
  readonly #stopped = new AbortController();
  #lease: Stored<Lease> | undefined;
  #worker: Worker | undefined;
  #keeping: Promise<void> | undefined;
  /** Wakes the keeper before its time. */
  #alarm = new AbortController();

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#leaseMs = (options.leaseSeconds ?? 60) * 1000;
    this.#leases = typedItems(options.gatewayTable, inboxLeaseItem);
  }

  /** The queue that replies may be sent to; `undefined` while there is none. */
  get name(): string | undefined {
    return this.#worker?.state === "running" ? this.#lease?.value.inbox : undefined;
  }

  /** What this process vouches for, from before its queue is made until it is deleted. */
  get lease(): Pick<Lease, "inbox" | "since"> | undefined {
    return this.#lease?.value;
  }

  /** Makes the inbox and keeps it; once it is kept, does nothing. @throws DependencyUnavailable */
  async start(): Promise<void> {
    if (this.#keeping !== undefined) return;
    await this.#open();
    if (this.#stopped.signal.aborted) return this.#close();
    this.#keeping = this.#keep();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#alarm.abort();
    await this.#keeping;
    await this.#close();
  }

  async #open(): Promise<void> {
    const { transport, clock, log, receive, waitSeconds } = this.#options;
    // The lease first: a queue without one would never be reaped. One whose queue could not be made is used again, so
    // that an outage leaves one lease behind and not one for each try.
    const { inbox } = ((await this.#renew()) ?? (await this.#newLease())).value;
    await transport.createQueue(inbox, { retentionSeconds: RETENTION_SECONDS, visibilitySeconds: VISIBILITY_SECONDS });
    await this.#subscribe(inbox);
    this.#alarm = new AbortController();
    this.#worker = new Worker({
      queue: inbox,
      deadLetterQueue: null,
      transport,
      clock,
      log,
      handle: receive,
      probe: () => this.#probe(inbox),
      waitSeconds,
      visibilitySeconds: VISIBILITY_SECONDS,
    });
    this.#worker.start();
    log.info({ inbox }, "inbox open");
  }

  /** Asked once receiving has failed: a worker whose queue is gone would wait for it for ever. */
  async #probe(inbox: string): Promise<void> {
    try {
      await this.#options.transport.probe(inbox);
    } catch (error) {
      if (error instanceof QueueGone) this.#alarm.abort();
      throw error;
    }
  }

  /** The lease names the subscription, so that whoever deletes the queue can end it too. */
  async #subscribe(inbox: string): Promise<void> {
    const { transport, eventTypes = [] } = this.#options;
    if (eventTypes.length === 0 || this.#lease === undefined) return;
    const subscription = await transport.subscribe("events", inbox, eventTypes);
    const value = { ...this.#lease.value, subscription };
    const written = await this.#leases.replace(this.#lease, value, { writtenBy: inbox });
    if (written.kind === "lost") throw new Error("a new inbox was reaped");
    this.#lease = written.stored;
  }

  async #newLease(): Promise<Stored<Lease>> {
    const { newName, brokerNow, clock } = this.#options;
    const inbox = newName();
    const since = new Date((brokerNow ?? clock.now)()).toISOString();
    const written = await this.#leases.putIfAbsent({ ...this.#freshLease(inbox), since }, [inbox], {
      writtenBy: inbox,
    });
    if (written.kind === "lost") throw new Error("the name of an inbox was not new");
    this.#lease = written.stored;
    return written.stored;
  }

  /** Best effort: what is left behind is reaped. */
  async #close(): Promise<void> {
    const lease = this.#lease;
    await this.#worker?.stop();
    this.#worker = undefined;
    this.#lease = undefined;
    if (lease === undefined) return;
    try {
      await this.#delete(lease);
    } catch (error) {
      this.#options.log.warn({ inbox: lease.value.inbox, err: error }, "an inbox was left for others to reap");
    }
  }

  async #delete(lease: Stored<Lease>): Promise<void> {
    const { transport } = this.#options;
    const { inbox, subscription } = lease.value;
    if (subscription !== undefined) await transport.unsubscribe(subscription);
    await transport.deleteQueue(inbox);
    await this.#leases.remove(lease);
  }

  async #keep(): Promise<void> {
    const { clock, log } = this.#options;
    while (!this.#stopped.signal.aborted) {
      if (this.#worker !== undefined) await clock.sleep(this.#leaseMs / 3, this.#alarm.signal);
      if (this.#stopped.signal.aborted) return;
      try {
        if (this.#worker !== undefined && (this.#alarm.signal.aborted || (await this.#renew()) === undefined)) {
          log.warn({ inbox: this.#lease?.value.inbox }, "the inbox is gone; making another");
          await this.#close();
        }
        if (this.#worker === undefined) await this.#open();
        await this.#reap();
      } catch (error) {
        log.warn({ err: error }, "the inbox could not be kept");
        await clock.sleep(1000, this.#stopped.signal);
      }
    }
  }

  /** The lease, vouched for anew; `undefined` when there is none or it is not ours any more. */
  async #renew(): Promise<Stored<Lease> | undefined> {
    if (this.#lease === undefined) return undefined;
    const { inbox } = this.#lease.value;
    const value = { ...this.#lease.value, ...this.#freshLease(inbox) };
    const written = await this.#leases.replace(this.#lease, value, { writtenBy: inbox });
    if (written.kind === "lost") return undefined;
    this.#lease = written.stored;
    return written.stored;
  }

  /** Claims an expired lease before touching its queue, so that a gateway that was only slow notices and makes another. */
  async #reap(): Promise<void> {
    const { clock, log } = this.#options;
    for (const lease of await this.#allLeases()) {
      if (Date.parse(lease.value.leaseUntil) + this.#leaseMs > clock.now()) continue;
      const claimed = await this.#leases.replace(lease, lease.value, {
        writtenBy: `reaped by ${this.#lease?.value.inbox ?? "none"}`,
      });
      if (claimed.kind === "lost") continue;
      await this.#delete(claimed.stored);
      log.info({ inbox: lease.value.inbox }, "reaped an inbox that nobody vouched for");
    }
  }

  async #allLeases(): Promise<readonly Stored<Lease>[]> {
    const { pk } = inboxLeaseItem.key("");
    const found: Stored<Lease>[] = [];
    let after: string | undefined;
    do {
      const page = await this.#options.gatewayTable.list(pk, after === undefined ? {} : { after });
      found.push(...page.items.map((item) => this.#leases.parse(item)));
      after = page.cursor;
    } while (after !== undefined);
    return found;
  }

  #freshLease(inbox: string): Lease {
    return { inbox, leaseUntil: new Date(this.#options.clock.now() + this.#leaseMs).toISOString() };
  }
}

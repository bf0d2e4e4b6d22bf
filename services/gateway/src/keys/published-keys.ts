import { type httpSchemas, signingKeyItem } from "@lanyard/contracts";
import type { Clock, Log } from "@lanyard/messaging";
import { acceptedKeysAt, importPublicKey, type KeySource } from "@lanyard/session-manager";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";
import type { z } from "zod";

export interface PublishedKeysOptions {
  readonly tokenTable: ItemStore;
  readonly clock: Clock;
  readonly log: Log;
  /** How often the table is read; default 5. */
  readonly refreshSeconds?: number;
}

type PublicKey = Awaited<ReturnType<typeof importPublicKey>>;
type Record = ItemValue<typeof signingKeyItem>;

/** An unknown kid makes the table be read again, but not begun more often than this: strangers choose kids. */
const LOOK_AGAIN_MS = 1000;

const FIRST_KEY_LOOK_MS = 250;

/** The public keys of access tokens, read from the token worker's table. */
export class PublishedKeys implements KeySource {
  readonly #options: PublishedKeysOptions;
  readonly #stopped = new AbortController();
  #records: readonly Record[] = [];
  #imported = new Map<string, PublicKey>();
  /** When the newest read that has ended was begun. */
  #readAt = Number.NEGATIVE_INFINITY;
  /** When the newest read was begun. */
  #begunAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #nextReading: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(options: PublishedKeysOptions) {
    this.#options = options;
  }

  holds(kid: string): boolean {
    return this.#accepted().some((record) => record.publicJwk.kid === kid);
  }

  /**
   * An unknown kid is looked for by a read that begins after it was asked for, if need be a moment later: a key may be made,
   * sign, and be shown here between two reads. @throws DependencyUnavailable when the table does not answer.
   */
  async find(kid: string): Promise<PublicKey | undefined> {
    if (!this.holds(kid)) await (this.#nextReading ??= this.#readNext());
    return this.holds(kid) ? this.#imported.get(kid) : undefined;
  }

  /** The key set for `/.well-known/jwks.json`. */
  jwks(): z.output<typeof httpSchemas.jwks> {
    return { keys: this.#accepted().map((record) => record.publicJwk) };
  }

  /** Reads the keys; calls that come meanwhile share one read. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The next read that may begin; whoever asks before it begins shares it. */
  async #readNext(): Promise<void> {
    const { clock } = this.#options;
    const pauseMs = this.#begunAt + LOOK_AGAIN_MS - clock.now();
    // Never at once: whoever shares it must have kept it before it is let go of.
    await (pauseMs > 0 ? clock.sleep(pauseMs, this.#stopped.signal) : Promise.resolve());
    this.#nextReading = undefined;
    await this.#read();
  }

  start(): void {
    this.#refreshing = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#refreshing;
  }

  #accepted(): readonly Record[] {
    return acceptedKeysAt(this.#records, this.#options.clock.now());
  }

  async #read(): Promise<void> {
    const { tokenTable, clock } = this.#options;
    const begunAt = clock.now();
    this.#begunAt = begunAt;
    const kinds = typedItems(tokenTable, signingKeyItem);
    const { items } = await tokenTable.list(signingKeyItem.key(1).pk, { newestFirst: true });
    const records = items.map((item) => kinds.parse(item).value);
    const imported = new Map<string, PublicKey>();
    for (const { publicJwk } of records) {
      imported.set(publicJwk.kid, this.#imported.get(publicJwk.kid) ?? (await importPublicKey(publicJwk)));
    }
    // A slow read says nothing new after one that was begun later.
    if (begunAt < this.#readAt) return;
    this.#records = records;
    this.#imported = imported;
    this.#readAt = begunAt;
  }

  async #loop(): Promise<void> {
    const { clock, log, refreshSeconds = 5 } = this.#options;
    for (;;) {
      // On a fresh deployment the token worker is just about to make the first one.
      const pauseMs = this.#records.length === 0 ? FIRST_KEY_LOOK_MS : refreshSeconds * 1000;
      await clock.sleep(pauseMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      try {
        await this.refresh();
      } catch (error) {
        log.warn({ err: error }, "the published keys could not be read");
      }
    }
  }
}

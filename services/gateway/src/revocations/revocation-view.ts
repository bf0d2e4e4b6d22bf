import { REVOCATION_SHARDS, type RevocationReason, revocationItem } from "@lanyard/contracts";
import type { Clock, Log } from "@lanyard/messaging";
import { type Pull, PullLog } from "@lanyard/session-manager";
import { type ItemStore, type LogPage, readOn, toCursor, typedItems } from "@lanyard/storage";
import { RevokedSessions } from "./revoked-sessions.ts";

export interface RevocationViewOptions {
  readonly sessionTable: ItemStore;
  readonly clock: Clock;
  readonly log: Log;
  /** How often the log is read; default 1000. */
  readonly readEveryMs?: number;
  /** Without a read that began within this time, nobody is let in; default 5000. */
  readonly staleAfterMs?: number;
  /** Told of each pull of the andon cord once, as soon as sessions can be refused by it. Default: nobody is. */
  readonly onPull?: (pull: Pull) => void;
}

/** What is known of a session's revocation. `stale`: nothing is, because the logs could not be read lately. */
export type RevocationCheck =
  | { readonly kind: "none" }
  | { readonly kind: "revoked"; readonly reason: RevocationReason }
  | { readonly kind: "stale" };

interface Place {
  readonly last: number;
  readonly pk: string;
  readonly after: string;
}

/** No access token is accepted for longer than a day; an hour more covers every clock. */
const REMEMBERED_MS = 25 * 3600_000;
const SHARDS = Array.from({ length: REVOCATION_SHARDS }, (_, shard) => shard);

/**
 * The revoked sessions and the pulls of the andon cord, in memory. Authority are the numbered logs in the session table, read
 * together at start and every second from where the last read ended: their numbers have no gaps, so nothing is missed.
 * Replies and events only make it faster.
 */
export class RevocationView {
  readonly #options: RevocationViewOptions;
  readonly #entries;
  readonly pulls: PullLog;
  readonly #stopped = new AbortController();
  readonly #revoked = new RevokedSessions();
  /** The last number read of each shard. */
  readonly #read = new Map<number, number>();
  readonly #places = new Map<number, Place>();
  #readBeganAt = Number.NEGATIVE_INFINITY;
  #following: Promise<void> | undefined;

  constructor(options: RevocationViewOptions) {
    this.#options = options;
    this.#entries = typedItems(options.sessionTable, revocationItem);
    this.pulls = new PullLog(options.sessionTable, options.onPull);
  }

  /** How many sessions are known to be revoked one by one. */
  get size(): number {
    return this.#revoked.size;
  }

  get isStale(): boolean {
    const age = this.#options.clock.now() - this.#readBeganAt;
    // A clock that was set back cannot tell how old the read is.
    return age < 0 || age > (this.#options.staleAfterMs ?? 5000);
  }

  /** What the log of single sessions says; pulls are not asked. */
  check(sessionId: string): RevocationCheck {
    const reason = this.#revoked.reasonOf(sessionId);
    if (reason !== undefined) return { kind: "revoked", reason };
    return this.isStale ? { kind: "stale" } : { kind: "none" };
  }

  /** Takes what a reply or an event says, ahead of the log. */
  note(sessionId: string, reason: RevocationReason): void {
    this.#revoked.add(sessionId, reason, this.#options.clock.now());
  }

  /** Reads what is new in every shard, and every new pull. @throws DependencyUnavailable */
  async catchUp(): Promise<void> {
    const beganAt = this.#options.clock.now();
    await Promise.all([
      this.pulls.catchUp(),
      ...SHARDS.map((shard) => (this.#read.has(shard) ? this.#readNew(shard) : this.#readFirst(shard))),
    ]);
    this.#readBeganAt = beganAt;
    this.#revoked.forgetBefore(this.#options.clock.now() - REMEMBERED_MS);
  }

  start(): void {
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#following;
  }

  /** From the newest back to what no living token can name. */
  async #readFirst(shard: number): Promise<void> {
    const { pk } = revocationItem.key(shard, 0);
    const horizon = this.#options.clock.now() - REMEMBERED_MS;
    let newest = 0;
    let after: string | undefined;
    do {
      const page = await this.#options.sessionTable.list(pk, {
        skPrefix: PREFIX,
        newestFirst: true,
        ...(after === undefined ? {} : { after }),
      });
      const entries = page.items.map((item) => this.#entries.parse(item).value);
      newest = Math.max(newest, entries[0]?.number ?? 0);
      for (const entry of entries) this.note(entry.sessionId, entry.reason);
      // A whole page of them: one may have been appended long after its time, by a message that came late.
      after = entries.every(({ at }) => Date.parse(at) < horizon) ? undefined : page.cursor;
    } while (after !== undefined);
    this.#read.set(shard, newest);
  }

  /** From the last number read. */
  #readNew(shard: number): Promise<void> {
    return readOn({
      last: () => this.#read.get(shard) ?? 0,
      pageAfter: (last) => this.#pageAfter(shard, last),
      haveReadUpTo: (number) => this.#read.set(shard, number),
    });
  }

  async #pageAfter(shard: number, last: number): Promise<LogPage> {
    const { pk, after } = this.#placeOf(shard, last);
    const { items, cursor } = await this.#options.sessionTable.list(pk, { skPrefix: PREFIX, after });
    const entries = items.map((item) => this.#entries.parse(item).value);
    for (const { sessionId, reason } of entries) this.note(sessionId, reason);
    return { numbers: entries.map(({ number }) => number), more: cursor !== undefined };
  }

  /** Where a shard is read on from: the same at nearly every read. */
  #placeOf(shard: number, last: number): Place {
    const before = this.#places.get(shard);
    if (before?.last === last) return before;
    const { pk, sk } = revocationItem.key(shard, last);
    const place = { last, pk, after: toCursor(sk) };
    this.#places.set(shard, place);
    return place;
  }

  async #follow(): Promise<void> {
    const { clock, log, readEveryMs = 1000 } = this.#options;
    for (;;) {
      await clock.sleep(readEveryMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      try {
        await this.catchUp();
      } catch (error) {
        log.warn({ err: error }, "the revocation logs could not be read");
      }
    }
  }
}

const PREFIX = "entry#";

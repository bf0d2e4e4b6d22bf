import type { Clock, Log } from "@lanyard/messaging";
import type { Sealing } from "@lanyard/secrets";
import {
  type AccessTokenClaims,
  generationAtOnce,
  generationDueAt,
  importSigningKey,
  type KeyPolicy,
  newSigningKey,
  nextGeneration,
  type PrivateJwk,
  type ScheduledKey,
  type SigningKey,
  signAccessToken,
  signingKeyAt,
} from "@lanyard/session-manager";
import type { RemovedKey, SigningKeyRecord, SigningKeyStore } from "./signing-key-store.ts";

export interface SigningKeysOptions {
  readonly store: SigningKeyStore;
  readonly sealing: Sealing;
  readonly policy: KeyPolicy;
  readonly clock: Clock;
  readonly log: Log;
  /** How often the keys are looked at; default 5. */
  readonly refreshSeconds?: number;
}

/** The keys that access tokens are signed with: made when due, sealed at rest, one maker among many workers. */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  readonly #opened = new Map<string, SigningKey>();
  readonly #stopped = new AbortController();
  #records: readonly SigningKeyRecord[] = [];
  #refreshing: Promise<void> | undefined;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** The key that signs now. @throws Error before the first `refresh`. */
  async current(): Promise<SigningKey> {
    const record = signingKeyAt(this.#records, this.#options.clock.now());
    if (record === undefined) throw new Error("no signing key is active yet");
    const known = this.#opened.get(record.publicJwk.kid);
    if (known !== undefined) return known;
    const opened = await this.#open(record);
    this.#opened.set(record.publicJwk.kid, opened);
    return opened;
  }

  /** An access token by the key that signs now. */
  async sign(claims: AccessTokenClaims): Promise<string> {
    return signAccessToken(claims, await this.current());
  }

  /** Reads the keys, and makes the next generation when it is due. */
  async refresh(): Promise<void> {
    const { store, policy, clock } = this.#options;
    this.#records = await store.all();
    const due = generationDueAt(this.#records, clock.now(), policy);
    if (due !== undefined) {
      const made = await newSigningKey();
      await store.create({ ...due, publicJwk: made.publicJwk, sealedPrivateJwk: await this.#seal(made.privateJwk) });
      this.#records = await store.all();
      this.#options.log.info({ generation: due.generation, activeFrom: due.activeFrom }, "a signing key was due");
    }
    await this.current();
  }

  /** Makes the next generation for an operation, once, however often that asks; it signs once every verifier can know it. */
  rotate(operationId: string): Promise<SigningKeyRecord> {
    const { policy } = this.#options;
    return this.#make(operationId, (records, now) => nextGeneration(records, now, policy));
  }

  /**
   * Makes a generation that signs at once, and takes every one before it out of service: once for an operation, however often
   * that asks. Generations that were made since are left alone; so of several operations at once, the last one's key is left.
   */
  async replace(
    operationId: string,
  ): Promise<{ readonly made: SigningKeyRecord; readonly removed: readonly RemovedKey[] }> {
    const { store, clock } = this.#options;
    // The new one first: a worker that finds none left to sign with makes one itself.
    const made = await this.#make(operationId, generationAtOnce);
    const at = new Date(clock.now()).toISOString();
    const removed = await store.removeBefore(made.generation, { at, by: operationId });
    await this.refresh();
    return { made, removed };
  }

  async #make(
    operationId: string,
    scheduled: (records: readonly SigningKeyRecord[], now: number) => ScheduledKey,
  ): Promise<SigningKeyRecord> {
    const { store, clock, log } = this.#options;
    for (;;) {
      this.#records = await store.all();
      const mine = this.#records.find(({ madeBy }) => madeBy === operationId);
      if (mine !== undefined) return mine;
      const next = scheduled(this.#records, clock.now());
      const made = await newSigningKey();
      const sealedPrivateJwk = await this.#seal(made.privateJwk);
      // Of a number that was taken meanwhile nothing is written: looked at again, and decided anew.
      await store.create({ ...next, publicJwk: made.publicJwk, sealedPrivateJwk, madeBy: operationId });
      log.info({ generation: next.generation, activeFrom: next.activeFrom }, "a signing key was asked for");
    }
  }

  /** Takes a key out of service; the next is made at once if none is left to sign. Gives the key as it then stands. */
  async remove(kid: string, operationId: string): Promise<SigningKeyRecord | undefined> {
    const { store, clock } = this.#options;
    const removed = await store.remove(kid, { at: new Date(clock.now()).toISOString(), by: operationId });
    await this.refresh();
    return removed;
  }

  /** Goes on refreshing until `stop`. */
  start(): void {
    this.#refreshing = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#refreshing;
  }

  async #loop(): Promise<void> {
    const { clock, log, refreshSeconds = 5 } = this.#options;
    for (;;) {
      await clock.sleep(refreshSeconds * 1000, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      try {
        await this.refresh();
      } catch (error) {
        log.warn({ err: error }, "the signing keys could not be refreshed");
      }
    }
  }

  #seal(privateJwk: PrivateJwk): Promise<string> {
    return this.#options.sealing.seal(privateJwk, sealedAt(privateJwk.kid));
  }

  async #open(record: SigningKeyRecord): Promise<SigningKey> {
    const opened = await this.#options.sealing.open(record.sealedPrivateJwk, sealedAt(record.publicJwk.kid));
    return importSigningKey(opened as PrivateJwk);
  }
}

const sealedAt = (kid: string): string => `signing-key/${kid}`;

import { type RevocationReason, revocationReason } from "@lanyard/contracts";

/** How many of the hexadecimal digits that an id begins with say whether it may be among the revoked. */
const DIGITS = 6;
const MOST_BITS = 16 ** DIGITS;
const LEAST_BITS = 2 ** 10;
/** For each session, at least and as long as there are not more than a million: so few others share one by chance. */
const BITS_EACH = 16;
const REASONS = revocationReason.options;
const MINUTE_MS = 60_000;

/**
 * Revoked sessions by id, a million of them in under 100 MB. Every request asks, and nearly none asks for one that is here:
 * a bit for each beginning of an id answers without touching the map, whose entries lie all over the memory.
 */
export class RevokedSessions {
  /** In the order in which they were seen: when and why, as `packed`. */
  readonly #seen = new Map<string, number>();
  #mayBe = new Uint8Array(LEAST_BITS / 8);
  /** Forgotten, but their bits still stand. */
  #staleBits = 0;

  get size(): number {
    return this.#seen.size;
  }

  reasonOf(sessionId: string): RevocationReason | undefined {
    const bit = this.#bitOf(sessionId);
    if (((this.#mayBe[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return undefined;
    const seen = this.#seen.get(sessionId);
    return seen === undefined ? undefined : REASONS[seen % REASONS.length];
  }

  /** The first reason stays. `now` in milliseconds since the epoch. */
  add(sessionId: string, reason: RevocationReason, now: number): void {
    if (this.#seen.has(sessionId)) return;
    this.#seen.set(flat(sessionId), packed(now, reason));
    if (this.#bits < Math.min(MOST_BITS, this.size * BITS_EACH)) this.#layOut(2 * this.#bits);
    else this.#setBit(sessionId);
  }

  /** Forgets what was seen before, in whole minutes. */
  forgetBefore(horizon: number): void {
    for (const [sessionId, seen] of this.#seen) {
      if (Math.floor(seen / REASONS.length) * MINUTE_MS >= horizon) break;
      this.#seen.delete(sessionId);
      this.#staleBits += 1;
    }
    if (this.#staleBits > this.#seen.size) this.#layOut(this.#bits);
  }

  get #bits(): number {
    return this.#mayBe.length * 8;
  }

  #layOut(bits: number): void {
    this.#mayBe = new Uint8Array(bits / 8);
    for (const sessionId of this.#seen.keys()) this.#setBit(sessionId);
    this.#staleBits = 0;
  }

  #bitOf(sessionId: string): number {
    return beginningOf(sessionId) & (this.#bits - 1);
  }

  #setBit(sessionId: string): void {
    const bit = this.#bitOf(sessionId);
    this.#mayBe[bit >> 3] = (this.#mayBe[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
}

/** Of what begins with hexadecimal digits their value; of anything else some number, always the same. */
function beginningOf(sessionId: string): number {
  let value = 0;
  for (let index = 0; index < DIGITS; index += 1) {
    const code = sessionId.charCodeAt(index);
    value = (value << 4) | (((code & 15) + (code >> 6) * 9) & 15);
  }
  return value;
}

/** When a revocation was seen, to the minute, and why. V8 gives so small a number no room of its own. */
const packed = (now: number, reason: RevocationReason): number =>
  Math.floor(now / MINUTE_MS) * REASONS.length + REASONS.indexOf(reason);

/** A string of its own: one that was cut out of a message would keep the whole message alive. */
const flat = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

import { pullHeadItem, pullItem } from "@lanyard/contracts";
import { type ItemStore, type LogPage, readOn, toCursor, typedItems } from "@lanyard/storage";
import { type Pull, PullIndex } from "./pull-index.ts";

/**
 * The numbered log of pulls in the session table, as far as it was read. Numbers have no gaps, so whoever has read up to one
 * has read all before it; what an event says ahead of the log is noted too, and counted as read by nobody.
 */
export class PullLog {
  readonly #sessionTable: ItemStore;
  readonly #pulls;
  readonly #heads;
  readonly index = new PullIndex();
  readonly #onPull: (pull: Pull) => void;
  readonly #noted = new Map<number, Pull>();
  /** Every pull up to here has been read. */
  #readUpTo: number | undefined;

  /** `onPull` is told of each pull once, when it is noted. */
  constructor(sessionTable: ItemStore, onPull: (pull: Pull) => void = () => {}) {
    this.#sessionTable = sessionTable;
    this.#onPull = onPull;
    this.#pulls = typedItems(sessionTable, pullItem);
    this.#heads = typedItems(sessionTable, pullHeadItem);
  }

  /** The newest number that was read with all before it: what a session that is opened now is stamped with. */
  get readUpTo(): number {
    return this.#readUpTo ?? 0;
  }

  /** What was noted under a number. */
  pull(number: number): Pull | undefined {
    return this.#noted.get(number);
  }

  /** Takes what a reply or an event says, ahead of the log. */
  note(pull: Pull): void {
    if (this.#noted.has(pull.number)) return;
    this.#noted.set(pull.number, pull);
    this.index.note(pull);
    this.#onPull(pull);
  }

  /** Reads what is new. Afterwards every pull that stood when this was called is in the index. @throws DependencyUnavailable */
  async catchUp(): Promise<void> {
    // What is missing up to the head has expired; from there on a missing number is only not there yet.
    if (this.#readUpTo === undefined) this.#haveReadUpTo(await this.#expiredUpTo());
    await readOn({
      last: () => this.readUpTo,
      pageAfter: (last) => this.#pageAfter(last),
      haveReadUpTo: (number) => this.#haveReadUpTo(number),
    });
  }

  /** Never back: others may be catching up too, and have read further. */
  #haveReadUpTo(number: number): void {
    this.#readUpTo = Math.max(this.readUpTo, number);
  }

  /** Notes all that stand at the first read; those that the head had counted and that are gone have expired. */
  async #expiredUpTo(): Promise<number> {
    const head = (await this.#heads.load())?.value.last ?? 0;
    for (let last = 0, more = true; more; ) {
      const page = await this.#pageAfter(last);
      last = page.numbers.at(-1) ?? last;
      more = page.more;
    }
    return head;
  }

  async #pageAfter(last: number): Promise<LogPage> {
    const { pk, sk } = pullItem.key(last);
    const page = await this.#sessionTable.list(pk, { skPrefix: PREFIX, after: toCursor(sk) });
    const pulls = page.items.map((item) => this.#pulls.parse(item).value);
    for (const pull of pulls) this.note(pull);
    return { numbers: pulls.map(({ number }) => number), more: page.cursor !== undefined };
  }
}

const PREFIX = "pull#";

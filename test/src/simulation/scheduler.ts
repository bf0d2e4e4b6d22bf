import type { Clock } from "@lanyard/messaging";

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: what is due runs in order, and everything it wakes runs before the next. */
export interface Scheduler {
  now(): number;
  after(ms: number, run: () => void): void;
  sleep(ms: number): Promise<void>;
  /** Runs until nothing is due, or `done` says so. */
  run(done: () => boolean): Promise<void>;
  /** How many have run. */
  readonly steps: number;
}

export function scheduler(startMs: number): Scheduler {
  const heap: Due[] = [];
  let now = startMs;
  let order = 0;
  let steps = 0;
  const before = (one: Due, other: Due): boolean =>
    one.at < other.at || (one.at === other.at && one.order < other.order);
  const swap = (i: number, j: number): void => {
    const held = heap[i] as Due;
    heap[i] = heap[j] as Due;
    heap[j] = held;
  };
  const push = (due: Due): void => {
    heap.push(due);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at] as Due, heap[parent] as Due)) return;
      swap(at, parent);
      at = parent;
    }
  };
  const pop = (): Due | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < heap.length && before(heap[left] as Due, heap[least] as Due)) least = left;
      if (right < heap.length && before(heap[right] as Due, heap[least] as Due)) least = right;
      if (least === at) return first;
      swap(at, least);
      at = least;
    }
  };
  const after = (ms: number, run: () => void): void => {
    order += 1;
    push({ at: now + Math.max(0, ms), order, run });
  };
  return {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    get steps() {
      return steps;
    },
    async run(done) {
      while (!done()) {
        const due = pop();
        if (due === undefined) return;
        now = due.at;
        steps += 1;
        due.run();
        // Nothing here does real input or output: a tick comes when all promises that were woken have run, and all they woke.
        await new Promise((resolve) => process.nextTick(resolve));
      }
    },
  };
}

/** A process's own clock: `skewMs` off, and it sleeps in virtual time. */
export const skewedClock = (time: Scheduler, skewMs: number): Clock => ({
  now: () => time.now() + skewMs,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      time.after(ms, resolve);
      signal?.addEventListener("abort", () => resolve());
    }),
});

import type { Clock } from "../clock.ts";

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Goes on by `ms`, waking each sleeper at its time and letting what it woke run first. */
  advance(ms: number): Promise<void>;
  /** Lets everything run that needs no time to pass. */
  settle(): Promise<void>;
}

/** Turns of the event loop after which nothing is left that only needed a turn. */
const TURNS = 12;

/** `isBusy`: whether something works on another thread; no time passes while it does. Default: nothing ever. */
export function virtualClock(
  startMs: number = Date.UTC(2026, 0, 1),
  isBusy: () => boolean = () => false,
): VirtualClock {
  let now = startMs;
  let sleepers: { readonly at: number; wake(): void }[] = [];
  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < TURNS; quiet = isBusy() ? 0 : quiet + 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || ms <= 0) return resolve();
        const sleeper = { at: now + Math.max(0, ms), wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          resolve();
        });
      }),
    settle,
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const next = sleepers.toSorted((one, other) => one.at - other.at)[0];
        if (next === undefined || next.at > until) break;
        sleepers = sleepers.filter((sleeper) => sleeper !== next);
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = until;
      await settle();
    },
  };
}

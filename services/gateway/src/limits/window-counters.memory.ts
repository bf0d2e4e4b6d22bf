import type { WindowCounters, WindowOf } from "./window-counters.ts";

/** Counts in this process alone. `calls`: how often it was asked to count. */
export interface MemoryWindowCounters extends WindowCounters {
  readonly calls: () => number;
}

/** Window counters for one process, on a clock of the caller's (milliseconds). */
export function memoryWindowCounters(now: () => number): MemoryWindowCounters {
  const windows = new Map<string, { total: number; readonly endsAt: number }>();
  let calls = 0;
  const current = ({ key, windowSeconds }: WindowOf) => {
    const known = windows.get(key);
    if (known !== undefined && known.endsAt > now()) return known;
    const begun = { total: 0, endsAt: now() + windowSeconds * 1000 };
    windows.set(key, begun);
    return begun;
  };
  return {
    calls: () => calls,
    async add(window, amount) {
      calls += 1;
      const counted = current(window);
      counted.total += amount;
      return { total: counted.total, endsInMs: counted.endsAt - now() };
    },
    async subtract(window, amount) {
      calls += 1;
      current(window).total -= amount;
    },
  };
}

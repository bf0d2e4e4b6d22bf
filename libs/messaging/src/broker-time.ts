import type { Clock } from "./clock.ts";

/** How long what was learnt of the difference counts before newer learning replaces it. */
const WINDOW_MS = 5 * 60_000;

/**
 * One time for all processes: that of the queues and tables they share. Processes' clocks may be minutes apart, and
 * whether a refresh token came before or after its successor must not depend on them. Every answer of the service says its
 * time (to the second), and cannot arrive before it was given: so the smallest difference seen lately between the own clock
 * and an answer's date is the own clock's error, plus the shortest way, give or take a second.
 */
export interface BrokerTime {
  /** Milliseconds since the epoch; the own clock until an answer has been seen. */
  now(): number;
  /** Learns from an answer that has just arrived. */
  observe(serverTimeMs: number): void;
}

/** Over a clock that nobody sets, as `steadyTime`: one set ahead is followed only after up to two windows. */
export function brokerTime(clock: Pick<Clock, "now">): BrokerTime {
  let windowBegan = clock.now();
  let before: number | undefined;
  let lately: number | undefined;
  return {
    now: () => clock.now() - Math.min(before ?? lately ?? 0, lately ?? before ?? 0),
    observe(serverTimeMs) {
      const now = clock.now();
      if (now - windowBegan > WINDOW_MS && lately !== undefined) {
        before = lately;
        lately = undefined;
        windowBegan = now;
      }
      lately = Math.min(lately ?? Number.POSITIVE_INFINITY, now - serverTimeMs);
    },
  };
}

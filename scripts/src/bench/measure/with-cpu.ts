import type { ClosedLoopRun } from "./closed-loop.ts";
import type { Sample } from "./rounds.ts";

/** A run, and what processes used of all cores for each thing done in it; `usedMs` says what they have used since their start. */
export const withCpu =
  (usedMs: () => Promise<number>, measure: () => Promise<ClosedLoopRun>) => async (): Promise<Sample> => {
    const before = await usedMs();
    const run = await measure();
    return { ...run, cpuMsEach: ((await usedMs()) - before) / run.ended };
  };

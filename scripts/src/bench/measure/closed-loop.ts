export interface ClosedLoopRun {
  readonly perSecond: number;
  /** How many ended, also those that do not count. */
  readonly ended: number;
  readonly latenciesMs: Float64Array;
}

/** What ends in the first part of a run does not count: not everyone is under way yet. */
const settlingShare = 0.2;
/** However fast it goes, no run does more. */
const mostPerRun = 2_000_000;

/** Each client starts the next as soon as its last has ended, for `seconds`; every one under way at the end is waited for. @throws Error when none ended in time */
export async function closedLoop(clients: readonly (() => Promise<void>)[], seconds: number): Promise<ClosedLoopRun> {
  const startedAt = performance.now();
  const countsFrom = startedAt + seconds * 1000 * settlingShare;
  const endsAt = startedAt + seconds * 1000;
  const latenciesMs: number[] = [];
  let ended = 0;
  let inWindow = 0;
  let left = mostPerRun;
  const loop = async (once: () => Promise<void>): Promise<void> => {
    for (let at = performance.now(); at < endsAt && left > 0; left--) {
      await once();
      const endedAt = performance.now();
      ended++;
      if (endedAt >= countsFrom) {
        latenciesMs.push(endedAt - at);
        // Throughput looks at the window alone; the waiting of those that end after it counts nonetheless.
        if (endedAt < endsAt) inWindow++;
      }
      at = endedAt;
    }
  };
  await Promise.all(clients.map(loop));
  if (inWindow === 0) throw new Error(`nothing ended within ${seconds} s: give it more --seconds`);
  const untilMs = Math.min(endsAt, performance.now());
  return { perSecond: inWindow / ((untilMs - countsFrom) / 1000), ended, latenciesMs: Float64Array.from(latenciesMs) };
}

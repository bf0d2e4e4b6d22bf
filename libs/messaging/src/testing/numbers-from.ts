/** Whole numbers below a bound, the same ones for the same seed (mulberry32). */
export function numbersFrom(seed: number): (below: number) => number {
  let state = (seed + 1) * 0x9e3779b1;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const MOST_TURNS = 6;

/** Waits, each time it is called, for fewer than six turns of the event loop; how many each time follows from the seed. */
export function turnsFrom(seed: number): () => Promise<void> {
  const next = numbersFrom(seed);
  return async () => {
    for (let turn = next(MOST_TURNS); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
  };
}

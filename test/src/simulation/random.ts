/** A seeded source of chance: the same seed gives the same sequence, everywhere. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** Whole, from `min` to `max`, both included. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  bytes(size: number): Uint8Array;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded from one number. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9 ^ seed;
  let b = 0x243f6a88;
  let c = Math.floor(seed / 2 ** 32) ^ 0xb7e15162;
  let counter = 1;
  const word = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let warm = 0; warm < 12; warm += 1) word();
  const next = (): number => word() / 2 ** 32;
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick<T>(from: readonly T[]): T {
      const picked = from[between(0, from.length - 1)];
      if (from.length === 0) throw new RangeError("nothing to pick from");
      return picked as T;
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => word() & 0xff),
  };
}

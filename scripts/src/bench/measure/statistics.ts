import type { LatencyMs } from "../benchmark.ts";

export const sorted = (values: readonly number[]): number[] => values.toSorted((one, other) => one - other);

/** The middle one; of an even number the mean of the two in the middle. @throws RangeError for none. */
export function median(values: readonly number[]): number {
  const ordered = sorted(values);
  const upper = ordered[Math.floor(ordered.length / 2)];
  const lower = ordered[Math.ceil(ordered.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError("the median of nothing");
  return (lower + upper) / 2;
}

/** The smallest value that at least this share of all does not exceed (nearest rank). @throws RangeError for none. */
export function percentile(ascending: readonly number[], share: number): number {
  const value = ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
  if (value === undefined) throw new RangeError("a percentile of nothing");
  return value;
}

export const latencyOf = (ascending: readonly number[]): LatencyMs => ({
  p50: percentile(ascending, 0.5),
  p90: percentile(ascending, 0.9),
  p95: percentile(ascending, 0.95),
  p99: percentile(ascending, 0.99),
  max: percentile(ascending, 1),
});

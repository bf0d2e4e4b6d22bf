import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { latencyOf, median, percentile, sorted } from "./statistics.ts";

describe("the median", () => {
  it("is the middle one, or the mean of both in the middle", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([1, 9, 5, 7])).toBe(6);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("a percentile", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it("is the nearest rank: so many of all are not above it", () => {
    expect(latencyOf(hundred)).toEqual({ p50: 50, p90: 90, p95: 95, p99: 99, max: 100 });
    expect(percentile(hundred, 0)).toBe(1);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile([7], 0.5)).toBe(7);
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });

  it("is one of the values, with the promised share at or below it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const value = percentile(sorted(values), share);
          expect(values).toContain(value);
          const below = values.filter((each) => each < value).length;
          const upTo = values.filter((each) => each <= value).length;
          expect(upTo).toBeGreaterThanOrEqual(share * values.length);
          expect(below).toBeLessThan(share * values.length);
        },
      ),
    );
  });
});

import { describe, expect, it } from "@jest/globals";
import { latencyPlot } from "./latency-plot.ts";

const series = [
  { name: "a < b & c", sortedMs: [1, 2, 4, 8, 16] },
  { name: "slow", sortedMs: [100, 200, 900] },
  { name: "nobody asked", sortedMs: [] },
];

/** The points of each curve as numbers. */
const curves = (svg: string): [number, number][][] =>
  [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points = ""]) =>
    points.split(" ").map((point) => point.split(",").map(Number) as [number, number]),
  );

describe("the plot of waiting times", () => {
  it("draws a curve for each series that has any, which never goes back or down", () => {
    const drawn = curves(latencyPlot(series));
    expect(drawn).toHaveLength(2);
    for (const points of drawn) {
      for (const [index, [x, y]] of points.entries()) {
        const [lastX, lastY] = points[index - 1] ?? [x, y];
        expect(x).toBeGreaterThanOrEqual(lastX);
        expect(y).toBeLessThanOrEqual(lastY);
        expect(x).toBeGreaterThanOrEqual(60);
        expect(x).toBeLessThanOrEqual(560);
      }
    }
  });

  it("puts what is slower further to the right", () => {
    const [fast = [], slow = []] = curves(latencyPlot(series));
    expect(Math.min(...slow.map(([x]) => x))).toBeGreaterThan(Math.max(...fast.map(([x]) => x)));
  });

  it("is the same picture for the same times, with names escaped", () => {
    expect(latencyPlot(series)).toBe(latencyPlot(series));
    expect(latencyPlot(series)).toContain("a &lt; b &amp; c");
  });
});

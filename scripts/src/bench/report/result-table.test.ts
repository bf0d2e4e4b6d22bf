import { describe, expect, it } from "@jest/globals";
import { resultTable, targetLine } from "./result-table.ts";

const table = resultTable([
  {
    name: "protected-route",
    findings: [
      {
        what: "Express",
        figure: { value: 12_345.6, unit: "req/s" },
        latencyMs: { p50: 0.512, p90: 12.34, p95: 99.94, p99: 1234.5, max: 2000 },
      },
      {
        what: "gateway",
        figure: { value: 6000, unit: "req/s" },
        speed: { ratio: 0.486, lowest: 0.4, highest: 0.555, of: "Express" },
      },
    ],
    targets: [{ what: "p90", value: 499.4, below: 500, unit: "ms" }],
  },
]);

describe("the table", () => {
  it("says ratio, absolute figure and waiting times of everything, and targets below", () => {
    expect(table).toBe(
      [
        "measured        figure             speed  of        p50   p90   p95    p99  max ms",
        "",
        "── protected-route",
        "Express   12,346 req/s                             0.51  12.3  99.9  1,235   2,000",
        "gateway    6,000 req/s  0.49 (0.40–0.56)  Express",
        "",
        "✓ p90 = 499 ms (target < 500)",
      ].join("\n"),
    );
  });

  it("marks a target that is missed, its bound included", () => {
    expect(targetLine({ what: "p90", value: 500, below: 500, unit: "ms" })).toBe("✗ p90 = 500 ms (target < 500)");
    expect(targetLine({ what: "medians apart", value: 4.994, below: 5, unit: "%" })).toBe(
      "✓ medians apart = 4.99 % (target < 5)",
    );
  });
});

import { describe, expect, it } from "@jest/globals";
import { byCpu, findingsOf, inRounds, latenciesOf, type Sample, type Variant } from "./rounds.ts";

const progress = (): void => undefined;
/** Gives one sample after the other. */
const scripted = (name: string, samples: readonly Sample[], comparedWith?: string): Variant => {
  const left = [...samples];
  return {
    name,
    measure: async () => left.shift() ?? { perSecond: Number.NaN },
    ...(comparedWith !== undefined && { comparedWith }),
  };
};
const speeds = (...perSecond: number[]): Sample[] => perSecond.map((each) => ({ perSecond: each }));

describe("rounds", () => {
  it("measure every variant in each round, one to warm up before, every second one backwards", async () => {
    const order: string[] = [];
    const variant = (name: string): Variant => ({
      name,
      measure: async () => {
        order.push(name);
        return { perSecond: 1 };
      },
    });
    await inRounds(["a", "b", "c"].map(variant), { rounds: 2, progress });
    expect(order.join("")).toBe("abccbaabc");
  });

  it("do not count the one that warms up", async () => {
    const samples = await inRounds([scripted("a", speeds(999, 1, 2))], { rounds: 2, progress });
    expect(samples.get("a")).toEqual(speeds(1, 2));
  });

  it("end with the first measurement that fails", async () => {
    const failing: Variant = { name: "a", measure: () => Promise.reject(new Error("answered 500")) };
    await expect(inRounds([failing], { rounds: 2, progress })).rejects.toThrow("answered 500");
  });
});

describe("findings", () => {
  const base = scripted("base", speeds(0, 100, 200, 1000));
  const own = scripted("own", speeds(0, 50, 50, 750), "base");

  it("are medians, and compare what was measured in the same round", async () => {
    const samples = await inRounds([base, own], { rounds: 3, progress });
    expect(findingsOf([base, own], samples, { unit: "req/s" })).toEqual([
      { what: "base", figure: { value: 200, unit: "req/s" } },
      {
        what: "own",
        figure: { value: 50, unit: "req/s" },
        speed: { ratio: 0.5, lowest: 0.25, highest: 0.75, of: "base" },
      },
    ]);
  });

  it("may be shown as time each: then speed is still speed", () => {
    const samples = new Map([
      ["base", speeds(1000)],
      ["own", speeds(500)],
    ]);
    const [, finding] = findingsOf([base, own], samples, { unit: "µs", of: (perSecond) => 1_000_000 / perSecond });
    expect(finding).toMatchObject({ figure: { value: 2000, unit: "µs" }, speed: { ratio: 0.5 } });
  });

  it("take waiting times of all rounds together", () => {
    const samples = new Map([
      [
        "a",
        [
          { perSecond: 1, latenciesMs: [3, 1] },
          { perSecond: 1, latenciesMs: [2] },
        ],
      ],
    ]);
    expect(latenciesOf("a", samples)).toEqual({ name: "a", sortedMs: [1, 2, 3] });
    expect(findingsOf([scripted("a", [])], samples, { unit: "req/s" })[0]?.latencyMs).toEqual({
      p50: 2,
      p90: 3,
      p95: 3,
      p99: 3,
      max: 3,
    });
  });

  it("look at CPU alone when asked to, and leave out who did not say", () => {
    const samples = new Map([
      ["a", [{ perSecond: 7, cpuMsEach: 4 }]],
      ["b", speeds(7)],
    ]);
    expect([...byCpu(samples)]).toEqual([
      ["a", speeds(250)],
      ["b", []],
    ]);
  });
});

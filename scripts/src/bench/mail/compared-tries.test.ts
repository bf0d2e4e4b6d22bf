import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { comparedTries, shuffled, type Try } from "./compared-tries.ts";

describe("shuffled things", () => {
  it("are all of them, in the order that chance gives", () => {
    expect(shuffled(["a", "b", "c", "d"], (limit) => limit - 1)).toEqual(["d", "c", "b", "a"]);
    expect(shuffled(["a", "b", "c", "d"], () => 0)).toEqual(["a", "b", "c", "d"]);
  });

  it("are none lost and none twice, whatever chance says", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.infiniteStream(fc.nat()), (items, numbers) => {
        const next = (limit: number): number => Number(numbers.next().value) % limit;
        expect(shuffled(items, next).toSorted()).toEqual(items.toSorted());
      }),
    );
  });
});

describe("compared tries", () => {
  const known = (...ms: number[]): Try<"known" | "unknown">[] => ms.map((each) => ({ kind: "known", ms: each }));
  const unknown = (...ms: number[]): Try<"known" | "unknown">[] => ms.map((each) => ({ kind: "unknown", ms: each }));
  const options = { own: "known", other: "unknown" } as const;

  it("are as fast as their medians say, one bad try notwithstanding", () => {
    const tries = [...known(10, 900, 10), ...unknown(5, 5, 700)];
    expect(comparedTries(tries, { ...options, parts: 1 })).toEqual({ ratio: 0.5, lowest: 0.5, highest: 0.5 });
  });

  it("are compared within each part of the run, too", () => {
    const tries = [...known(10), ...unknown(20), ...unknown(5), ...known(10), ...known(8), ...unknown(8)];
    expect(comparedTries(tries, { ...options, parts: 3 })).toEqual({ ratio: 0.8, lowest: 0.5, highest: 2 });
  });

  it("need both kinds in every part", () => {
    expect(() => comparedTries([...known(1, 1), ...unknown(1, 1)], { ...options, parts: 2 })).toThrow(RangeError);
  });
});

import { describe, expect, it } from "@jest/globals";
import { microBatch } from "./micro-batch.ts";

type Flush = (items: readonly string[]) => Promise<readonly (Error | undefined)[]>;
const batches: string[][] = [];
const make = (
  flush: Flush,
  options: { maxBytes?: number; maxInFlight?: number } = {},
): ((item: string) => Promise<void>) =>
  microBatch({
    maxItems: 3,
    maxBytes: options.maxBytes ?? 1000,
    maxInFlight: options.maxInFlight ?? 10,
    bytesOf: (item) => item.length,
    flush,
  });
const recording: Flush = async (items) => {
  batches.push([...items]);
  return [];
};

describe("a micro-batch", () => {
  it("sends what was asked for in one turn together, in order, at most so many", async () => {
    batches.length = 0;
    const add = make(recording);
    await Promise.all(["a", "b", "c", "d"].map(add));
    expect(batches).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("starts another batch before too many bytes are in one, and sends an oversized item alone", async () => {
    batches.length = 0;
    const add = make(recording, { maxBytes: 4 });
    await Promise.all(["aaa", "bb", "ccccccc", "d"].map(add));
    expect(batches).toEqual([["aaa"], ["bb"], ["ccccccc"], ["d"]]);
  });

  it("gathers what comes while requests are under way", async () => {
    batches.length = 0;
    const releases: (() => void)[] = [];
    const add = make(
      (items) => {
        batches.push([...items]);
        return new Promise((resolve) => releases.push(() => resolve([])));
      },
      { maxInFlight: 1 },
    );
    const first = add("a");
    await new Promise((resolve) => setImmediate(resolve));
    const later = ["b", "c"].map(add);
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([["a"]]);
    releases[0]?.();
    await first;
    releases[1]?.();
    await Promise.all(later);
    expect(batches).toEqual([["a"], ["b", "c"]]);
  });

  it("fails the items that were refused and no others", async () => {
    const add = make(async (items) => items.map((item) => (item === "bad" ? new Error("refused") : undefined)));
    const settled = await Promise.allSettled(["ok", "bad", "fine"].map(add));
    expect(settled.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("fails every item of a batch that failed, and goes on with the next", async () => {
    let calls = 0;
    const add = make(
      async () => {
        calls += 1;
        if (calls === 1) throw new Error("down");
        return [];
      },
      { maxInFlight: 1 },
    );
    const settled = await Promise.allSettled(["a", "b", "c", "d"].map(add));
    expect(settled.map((one) => one.status)).toEqual(["rejected", "rejected", "rejected", "fulfilled"]);
  });
});

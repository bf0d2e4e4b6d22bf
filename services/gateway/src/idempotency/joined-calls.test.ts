import { describe, expect, it } from "@jest/globals";
import { joinedCalls } from "./joined-calls.ts";

describe("calls that come while one with their id is under way", () => {
  it("start nothing and end as it does; the next begins anew", async () => {
    const joined = joinedCalls<number>();
    let started = 0;
    const work = async () => (started += 1);
    const all = await Promise.all([joined("a", work), joined("a", work), joined("b", work)]);

    expect(all).toEqual([
      { result: 1, isFirst: true },
      { result: 1, isFirst: false },
      { result: 2, isFirst: true },
    ]);
    expect(await joined("a", work)).toEqual({ result: 3, isFirst: true });
  });

  it("end as it does when that is by throwing, and the next begins anew", async () => {
    const joined = joinedCalls<string>();
    const fails = () => Promise.reject(new Error("down"));
    const all = await Promise.allSettled([joined("a", fails), joined("a", async () => "never")]);

    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await joined("a", async () => "again")).toEqual({ result: "again", isFirst: true });
  });
});

import { describe, expect, it } from "@jest/globals";
import { BenchMistake, benchHelp, benchOptions } from "./bench-options.ts";

const names = ["protected-route", "commands", "worker"];
const read = (...args: string[]) => benchOptions(args, names);

describe("the options of the benchmarks", () => {
  it("are all of them, five rounds of two seconds each, unless others are given", () => {
    expect(read()).toEqual({ only: names, json: false, seconds: 2, rounds: 5, sessions: 10_000 });
    expect(read("--seconds", "0.5", "--rounds", "1", "--json")).toEqual({
      only: names,
      json: true,
      seconds: 0.5,
      rounds: 1,
      sessions: 10_000,
    });
  });

  it("name benchmarks, which then run in the order of the list", () => {
    expect(read("--only", "worker", "--only", "protected-route")).toMatchObject({
      only: ["protected-route", "worker"],
    });
  });

  it.each([
    [["--only", "wokrer"], /no wokrer; there are protected-route, commands, worker/],
    [["--seconds", "0"], /--seconds/],
    [["--seconds", "61"], /--seconds/],
    [["--seconds", "soon"], /--seconds/],
    [["--rounds", "1.5"], /--rounds/],
    [["--rounds", "51"], /--rounds/],
    [["--sessions", "0"], /--sessions/],
    [["--sessions", "1.5"], /--sessions/],
    [["--sessions", "1000001"], /--sessions/],
    [["--fast"], /--fast/],
  ])("refuse %j and say what is wrong", (args, said) => {
    expect(() => read(...args)).toThrow(BenchMistake);
    expect(() => read(...args)).toThrow(said);
  });

  it("are explained with every benchmark there is", () => {
    expect(read("--help")).toBe("help");
    expect(benchHelp([{ name: "worker", what: "messages" }])).toMatch(/^ {2}worker {2}messages$/m);
  });
});

import { describe, expect, it } from "@jest/globals";
import { json, jsonObject } from "./shapes.ts";

const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);

describe("JSON in a message", () => {
  it.each([[null], [true], [0], [-1.5], ["text"], [[]], [{}], [{ a: [1, { b: null }] }]])("takes %j", (value) => {
    expect(json.parse(value)).toEqual(value);
  });

  it.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["what is not a number", Number.NaN],
    ["what has no end", Number.POSITIVE_INFINITY],
    ["undefined within", { a: [{ b: undefined }] }],
    ["a bigint within", [1n]],
  ])("refuses %s", (_, value) => {
    expect(json.safeParse(value).success).toBe(false);
  });

  it("nests a hundred levels deep, and what goes deeper is refused, however deep that is", () => {
    expect(json.safeParse(nested(100)).success).toBe(true);
    for (const levels of [101, 1000, 100_000]) expect(json.safeParse(nested(levels)).success).toBe(false);
  });

  it.each([[null], ["text"], [[1]]])("is an object where one belongs: %j is none", (value) => {
    expect(jsonObject.safeParse(value).success).toBe(false);
  });
});

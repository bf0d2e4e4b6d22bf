import { describe, expect, it } from "@jest/globals";
import { sameJson } from "./same-json.ts";

describe("two attribute values", () => {
  it("are the same when only their formatting differs", () => {
    expect(sameJson('{"a": 1, "b": [2]}', '{"b":[2],"a":1}')).toBe(true);
  });

  it("differ when a number became a text", () => {
    expect(sameJson('{"a":1}', '{"a":"1"}')).toBe(false);
  });

  it("differ when one is missing", () => {
    expect(sameJson(undefined, "30")).toBe(false);
  });

  it("are compared as texts when they are no JSON", () => {
    expect(sameJson("one", "one")).toBe(true);
    expect(sameJson("one", "two")).toBe(false);
  });
});

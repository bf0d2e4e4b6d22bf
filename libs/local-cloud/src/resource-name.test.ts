import { describe, expect, it } from "@jest/globals";
import { resourceName } from "./resource-name.ts";

describe("the name of a resource", () => {
  it("starts with the prefix", () => {
    expect(resourceName("lanyard", "token")).toBe("lanyard-token");
  });

  it.each(["", "a b", "a/b", "a.b", "ä", "x".repeat(41)])("does not start with %j", (prefix) => {
    expect(() => resourceName(prefix, "token")).toThrow("LANYARD_PREFIX must be");
  });
});

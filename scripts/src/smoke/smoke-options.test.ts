import { describe, expect, it } from "@jest/globals";
import { SmokeMistake, smokeHelp, smokeOptions } from "./smoke-options.ts";

describe("npm run smoke", () => {
  it("needs a base URL and nothing else", () => {
    expect(smokeOptions(["--base-url", "http://localhost:8080/"])).toEqual({
      baseUrl: "http://localhost:8080",
      json: false,
      timeoutSeconds: 15,
      visitorIds: true,
    });
  });

  it("takes every option that its help tells of", () => {
    const args = ["--base-url=https://example.test/id", "--timeout-seconds=2.5", "--without-visitor-ids", "--json"];
    const options = smokeOptions(args);
    expect(options).toEqual({ baseUrl: "https://example.test/id", json: true, timeoutSeconds: 2.5, visitorIds: false });
    for (const arg of args) expect(smokeHelp).toContain(arg.split("=")[0]);
  });

  it.each([["--help"], ["-h"], ["--json", "--help"]])("helps: %j", (...args) => {
    expect(smokeOptions(args)).toBe("help");
  });

  it.each([
    [],
    ["--base-url"],
    ["--base-url", "localhost:8080"],
    ["--base-url", "ftp://localhost"],
    ["--base-url", "http://user:secret@localhost"],
    ["--base-url", "http://localhost", "--timeout-seconds", "0"],
    ["--base-url", "http://localhost", "--timeout-seconds", "soon"],
    ["--base-url", "http://localhost", "--unknown"],
    ["http://localhost"],
  ])("refuses %j", (...args) => {
    expect(() => smokeOptions(args)).toThrow(SmokeMistake);
  });
});

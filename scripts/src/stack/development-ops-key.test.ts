import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { developmentOpsKey, opsKeyFile } from "./development-ops-key.ts";

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lanyard-ops-key-"));
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe("the ops key of a development stack", () => {
  it("is 32 bytes, and the same at every start on the same data", async () => {
    const key = await developmentOpsKey(dataDir);

    expect(Buffer.from(key, "base64url")).toHaveLength(32);
    expect(await developmentOpsKey(dataDir)).toBe(key);
    expect(await readFile(opsKeyFile(dataDir), "utf8")).toBe(`${key}\n`);
  });

  it("is the same for all that start at once", async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => developmentOpsKey(join(dataDir, "new"))));

    expect(new Set(keys).size).toBe(1);
  });

  it("is kept from other users of the machine", async () => {
    await developmentOpsKey(dataDir);

    expect((await stat(opsKeyFile(dataDir))).mode & 0o777).toBe(0o600);
  });

  it("is another one in memory each time", async () => {
    expect(await developmentOpsKey("memory")).not.toBe(await developmentOpsKey("memory"));
  });

  it("is not replaced when the file holds something else", async () => {
    await writeFile(opsKeyFile(dataDir), "secret");

    await expect(developmentOpsKey(dataDir)).rejects.toThrow("does not hold a key");
    expect(await readFile(opsKeyFile(dataDir), "utf8")).toBe("secret");
  });
});

import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { developmentKeys } from "./development-keys.ts";

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lanyard-keys-"));
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe("the keys of a development stack", () => {
  it("are 32 bytes each, and two different ones", async () => {
    const keys = Object.values(await developmentKeys("memory"));
    const bytes = keys.map((each) => Buffer.from(each.split(":")[1] ?? "", "base64url"));
    expect(bytes.map((each) => each.length)).toEqual([32, 32]);
    expect(new Set(keys).size).toBe(2);
  });

  it("are the same at every start on the same data", async () => {
    expect(await developmentKeys(dataDir)).toEqual(await developmentKeys(dataDir));
  });

  it("are the same for all that start at once", async () => {
    for (let round = 0; round < 40; round++) {
      const fresh = join(dataDir, `round-${round}`);
      const starts = await Promise.all(Array.from({ length: 8 }, () => developmentKeys(fresh)));
      expect(new Set(starts.map((each) => JSON.stringify(each))).size).toBe(1);
    }
  });

  it("are kept from other users of the machine", async () => {
    await developmentKeys(dataDir);
    expect((await stat(join(dataDir, "keys.json"))).mode & 0o777).toBe(0o600);
  });

  it("are other ones in memory each time", async () => {
    expect(await developmentKeys("memory")).not.toEqual(await developmentKeys("memory"));
  });

  it.each(["", "{}", '{"LANYARD_SEALING_KEYS":"a:b","LANYARD_DERIVATION_KEYS":"a:b"}'])(
    "are not replaced when the file holds %j: what is stored could never be opened again",
    async (content) => {
      await writeFile(join(dataDir, "keys.json"), content);
      await expect(developmentKeys(dataDir)).rejects.toThrow("does not hold the keys of this data");
      expect(await readFile(join(dataDir, "keys.json"), "utf8")).toBe(content);
    },
  );
});

import { describe, expect, it } from "@jest/globals";
import { developmentOpsKey, opsKeyHash, opsKeyNameOf, parseOpsKeyHashes } from "./ops-keys.ts";

const key = (fill: number): string => Buffer.alloc(32, fill).toString("base64url");
const hash = (fill: number): string => opsKeyHash(key(fill));

describe("ops keys", () => {
  const keys = parseOpsKeyHashes(`deploy:${hash(1)}, backup-2:${hash(2)}`);

  it("are known by the name they were given", () => {
    expect(opsKeyNameOf(keys, key(1))).toBe("deploy");
    expect(opsKeyNameOf(keys, key(2))).toBe("backup-2");
  });

  it.each([
    ["another key", key(3)],
    ["a hash in place of its key", hash(1)],
    ["the key and something more", `${key(1)}A`],
    ["the key without its end", key(1).slice(0, -1)],
    ["nothing", ""],
  ])("are none of them: %s", (_, shown) => {
    expect(opsKeyNameOf(keys, shown)).toBeUndefined();
  });

  it("are off when there are none", () => {
    expect(opsKeyNameOf([], key(1))).toBeUndefined();
  });

  it.each([
    ["deploy", "the hash must be"],
    [`deploy:${key(1).slice(1)}`, "the hash must be"],
    [`deploy:${hash(1)}=`, "the hash must be"],
    [`deploy:${hash(1)}:more`, "the hash must be"],
    [`:${hash(1)}`, "the name must be"],
    [`de ploy:${hash(1)}`, "the name must be"],
    [`${"a".repeat(65)}:${hash(1)}`, "the name must be"],
    [`deploy:${hash(1)},deploy:${hash(2)}`, 'entry 2: the name "deploy" stands twice'],
    [`deploy:${hash(1)},`, "entry 2"],
  ])("are not read from %j", (text, mistake) => {
    expect(() => parseOpsKeyHashes(text)).toThrow(mistake);
    expect(() => parseOpsKeyHashes(text)).not.toThrow(hash(1));
  });

  it("of development are keys, of at least 32 bytes", () => {
    expect(developmentOpsKey(key(1))).toEqual({ name: "development", hash: hash(1) });
    for (const other of [key(1).slice(1), "", `${key(1)}!`, "a".repeat(513)])
      expect(() => developmentOpsKey(other)).toThrow("at least 32 bytes");
  });
});

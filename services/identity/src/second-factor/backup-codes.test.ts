import { describe, expect, it } from "@jest/globals";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { operation } from "../testing/sign-ins.ts";
import { backupCodeHash, backupCodesOf, isSameHash, normalBackupCode } from "./backup-codes.ts";

const derived = derivation(parseKeyring(`k1:${Buffer.alloc(32, 3).toString("base64url")}`));
const codes = backupCodesOf(derived, "k1", operation(1));

describe("backup codes", () => {
  it("are ten of ten characters that nobody mistakes for another, all different", () => {
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
  });

  it("follow from the operation alone", () => {
    expect(backupCodesOf(derived, "k1", operation(1))).toEqual(codes);
    expect(backupCodesOf(derived, "k1", operation(2)).filter((code) => codes.includes(code))).toEqual([]);
  });

  it.each(["a0b1c-d2e3f", "A0B1CD2E3F", " a0b1c d2e3f ", "AOBLC-D2E3F", "aobic-d2e3f"])("are known as %j", (typed) => {
    expect(normalBackupCode(typed)).toBe("A0B1CD2E3F");
  });

  it.each(["", "123456", "A0B1C-D2E3", "A0B1C-D2E3FG", "A0B1C-D2E3U", "Ä0B1C-D2E3F"])("are not %j", (typed) => {
    expect(normalBackupCode(typed)).toBeUndefined();
  });

  it("are kept as hashes of this user and this key", () => {
    const hash = backupCodeHash(derived, "k1", "one user", "A0B1CD2E3F");
    expect(isSameHash(hash, backupCodeHash(derived, "k1", "one user", "A0B1CD2E3F"))).toBe(true);
    expect(isSameHash(hash, backupCodeHash(derived, "k1", "another", "A0B1CD2E3F"))).toBe(false);
    expect(isSameHash(hash, hash.slice(1))).toBe(false);
    expect(hash).not.toContain("A0B1C");
  });
});

import { describe, expect, it } from "@jest/globals";
import { readConfig } from "@lanyard/service";
import { identityConfig } from "./config.ts";

const keys = `k1:${Buffer.alloc(32, 1).toString("base64url")}`;
const environment = { LANYARD_SEALING_KEYS: keys, LANYARD_DERIVATION_KEYS: keys };

describe("how many passwords are hashed at once", () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [16, 8],
  ])("is, on %s cores, %s by default: something is left for everything else", (cores, atOnce) => {
    expect(readConfig(identityConfig(cores), environment).LANYARD_HASH_CONCURRENCY).toBe(atOnce);
  });

  it("is what is configured, from 1 to 64", () => {
    const of = (text: string) => readConfig(identityConfig(2), { ...environment, LANYARD_HASH_CONCURRENCY: text });
    expect(of("3").LANYARD_HASH_CONCURRENCY).toBe(3);
    for (const wrong of ["0", "65", "1.5", "x"]) expect(() => of(wrong)).toThrow("LANYARD_HASH_CONCURRENCY");
  });

  it.each([
    [1, 50],
    [2, 50],
    [3, 100],
  ])("is, on %s cores, for %s percent of the time at the most", (cores, percent) => {
    expect(readConfig(identityConfig(cores), environment).LANYARD_HASH_PERCENT).toBe(percent);
    const of = (text: string) => readConfig(identityConfig(cores), { ...environment, LANYARD_HASH_PERCENT: text });
    expect(of("80").LANYARD_HASH_PERCENT).toBe(80);
    for (const wrong of ["0", "101", "x"]) expect(() => of(wrong)).toThrow("LANYARD_HASH_PERCENT");
  });
});

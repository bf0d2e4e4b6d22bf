import { describe, expect, it } from "@jest/globals";
import { otpauthUrlOf, secretText, stepOf } from "./totp.ts";

/** RFC 6238 appendix B, SHA-1; of its eight digits the last six are the code of six. */
const secret = secretText(Buffer.from("12345678901234567890"));
const vectors = [
  [59, 0x1, "94287082"],
  [1111111109, 0x23523ec, "07081804"],
  [1111111111, 0x23523ed, "14050471"],
  [1234567890, 0x273ef07, "89005924"],
  [2000000000, 0x3f940aa, "69279037"],
  [20000000000, 0x27bc86aa, "65353130"],
] as const;

describe("the codes of RFC 6238", () => {
  it.each(vectors)("at second %d are those of step %d: %s", (second, step, digits) => {
    expect(stepOf(secret, digits.slice(2), second * 1000)).toBe(step);
  });

  it.each(vectors)("at second %d count for the step before and after it, and for no other", (second, step, digits) => {
    const at = (steps: number): number | undefined => stepOf(secret, digits.slice(2), (second + 30 * steps) * 1000);
    // At second 59 there is no second step before it.
    const early = step > 1 ? [at(-2)] : [];

    expect([at(-1), at(1)]).toEqual([step, step]);
    expect([...early, at(2)]).toEqual([...early.map(() => undefined), undefined]);
  });
});

describe("a code", () => {
  it.each(["", "00000", "0000000", "abcdef", "94287083".slice(2)])("that is none (%j) is of no step", (code) => {
    expect(stepOf(secret, code, 59_000)).toBeUndefined();
  });
});

describe("a secret", () => {
  it("is shown in base32, and read out of its address by an app", () => {
    expect(secret).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    const url = new URL(otpauthUrlOf(secret, { issuer: "Mädchen & Co", account: "ada@example.com" }));

    expect(url.protocol).toBe("otpauth:");
    expect(decodeURIComponent(url.pathname)).toContain("Mädchen & Co:ada@example.com");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      issuer: "Mädchen & Co",
      secret,
      algorithm: "SHA1",
      digits: "6",
      period: "30",
    });
  });
});

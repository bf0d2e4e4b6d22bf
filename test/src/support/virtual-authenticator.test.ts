import { describe, expect, it } from "@jest/globals";
import { totpCode, totpStepAt, wrongTotpCode } from "./virtual-authenticator.ts";

/** "12345678901234567890", RFC 6238, appendix B. */
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

describe("a virtual authenticator", () => {
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_234_567_890, "005924"],
    [20_000_000_000, "353130"],
  ])("shows at %d seconds what RFC 6238 says", (seconds, code) => {
    expect(totpCode(secret, totpStepAt(seconds * 1000))).toBe(code);
  });

  it("knows codes that it does not show now", () => {
    expect(wrongTotpCode(secret, 100)).not.toBe(totpCode(secret, 100));
    expect(new Set([0, 1, 2].map((turn) => wrongTotpCode(secret, 100, turn))).size).toBe(3);
  });
});

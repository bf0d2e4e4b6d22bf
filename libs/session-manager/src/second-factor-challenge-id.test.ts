import { describe, expect, it } from "@jest/globals";
import { secondFactorChallengeId } from "@lanyard/contracts";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { challengeIdOf, isChallengeId } from "./challenge-token.ts";
import { isSecondFactorChallengeId, secondFactorChallengeIdOf } from "./second-factor-challenge-id.ts";

const keyed = (...fills: readonly number[]) =>
  derivation(parseKeyring(fills.map((fill) => `k${fill}:${Buffer.alloc(32, fill).toString("base64url")}`).join()));
const operation = `op_${"0193a5f2c8d47c3e9f10a2b4c6d8e0f1"}${"A".repeat(22)}`;
const id = secondFactorChallengeIdOf(keyed(1), "k1", operation);

describe("the id of a sign-in that waits", () => {
  it("is of its form, and follows from the operation", () => {
    expect(id).toMatch(/^sf_0193a5f2c8d47c3e9f10a2b4c6d8e0f1[A-Za-z0-9_-]{22}$/);
    expect(secondFactorChallengeIdOf(keyed(2, 1), "k1", operation)).toBe(id);
    expect(secondFactorChallengeIdOf(keyed(2, 1), "k2", operation)).not.toBe(id);
    expect(secondFactorChallengeId.parse(id)).toBe(id);
  });

  it("is known as long as its key is", () => {
    expect(isSecondFactorChallengeId(keyed(2, 1), id)).toBe(true);
    expect(isSecondFactorChallengeId(keyed(2), id)).toBe(false);
  });

  it.each([
    ["", "empty"],
    [id.slice(0, -1), "cut"],
    [`${id}A`, "too long"],
    [id.replace("sf_0", "sf_1"), "of another time"],
    [challengeIdOf(keyed(1), "k1", operation), "of a mail"],
    [challengeIdOf(keyed(1), "k1", operation).replace("ch_", "sf_"), "of a mail under another prefix"],
  ])("is not %j: %s", (other) => {
    expect(isSecondFactorChallengeId(keyed(1), other)).toBe(false);
  });

  it("passes for none of a mail", () => {
    expect(isChallengeId(keyed(1), id)).toBe(false);
    expect(isChallengeId(keyed(1), id.replace("sf_", "ch_"))).toBe(false);
  });
});

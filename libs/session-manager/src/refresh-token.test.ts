import { describe, expect, it } from "@jest/globals";
import { derivation, parseKeyring } from "@lanyard/secrets";
import fc from "fast-check";
import { makeRefreshToken, readRefreshToken } from "./refresh-token.ts";

const key = (kid: string): string => `${kid}:${Buffer.alloc(32, kid).toString("base64url")}`;
const before = derivation(parseKeyring(key("k1")));
const after = derivation(parseKeyring(`${key("k2")},${key("k1")}`));
const grant = fc.record({
  userId: fc.uuid(),
  sessionId: fc.uuid(),
  generation: fc.integer({ min: 1, max: 999_999_999_999_999 }),
});

describe("a refresh token", () => {
  it("names what it was made for, also once its key is not the current one any more", () => {
    fc.assert(
      fc.property(grant, (given) => {
        expect(readRefreshToken(after, makeRefreshToken(before, given))).toEqual(given);
      }),
    );
  });

  it("is the same every time it is made", () => {
    fc.assert(
      fc.property(grant, (given) => {
        expect(makeRefreshToken(before, given)).toBe(makeRefreshToken(before, given));
      }),
    );
  });

  it("names nothing once any character of it was changed, taken or added", () => {
    const other = fc.constantFrom("A", "b", "0", "-", "_", ".", "=", "");
    fc.assert(
      fc.property(grant, fc.nat(), other, (given, place, put) => {
        const token = makeRefreshToken(before, given);
        const index = place % token.length;
        const changed = token.slice(0, index) + put + token.slice(index + 1);
        fc.pre(changed !== token);
        expect(readRefreshToken(before, changed)).toBeUndefined();
        expect(readRefreshToken(before, token.slice(0, index) + "A" + token.slice(index))).toBeUndefined();
      }),
    );
  });

  it("names nothing to a deployment without its key", () => {
    const token = makeRefreshToken(after, { userId: "u", sessionId: "s", generation: 1 });

    expect(readRefreshToken(before, token)).toBeUndefined();
  });

  it("is nothing else that carries a MAC of ours", () => {
    for (const named of [
      "",
      "x",
      "a,b,1",
      `${"0".repeat(36)},${"0".repeat(36)},0`,
      `${"0".repeat(36)},${"0".repeat(36)},01`,
    ]) {
      const encoded = Buffer.from(named).toString("base64url");
      expect(readRefreshToken(before, `${encoded}.${before.mac("refresh-token", encoded)}`)).toBeUndefined();
    }
  });

  it("is nothing at random", () => {
    fc.assert(fc.property(fc.string(), (text) => expect(readRefreshToken(before, text)).toBeUndefined()));
  });
});

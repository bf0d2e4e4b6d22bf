import { describe, expect, it } from "@jest/globals";
import { derivation, parseKeyring } from "@lanyard/secrets";
import {
  challengedAt,
  challengeIdOf,
  isChallengeId,
  linkHashOf,
  linkSecretOf,
  linkUseOf,
  makeChallengeToken,
  provesLink,
  readChallengeToken,
} from "./challenge-token.ts";
import { makeRefreshToken } from "./refresh-token.ts";

const keys = (...kids: readonly string[]) =>
  derivation(parseKeyring(kids.map((kid) => `${kid}:${Buffer.alloc(32, kid).toString("base64url")}`).join()));
const derived = keys("k1");
const operationId = `op_0193a5f2c8d47c3e9f10a2b4c6d8e0f1${"A".repeat(22)}`;
const challengeId = challengeIdOf(derived, "k1", operationId);
const use = "sign_in";
const secret = linkSecretOf(derived, "k1", use, operationId);
const token = makeChallengeToken({ use, challengeId, secret });
const uses = ["sign_in", "password_reset", "email_change"] as const;

describe("a challenge's id", () => {
  it("follows from the operation, and says when that was received", () => {
    expect(challengeId).toMatch(/^ch_0193a5f2c8d47c3e9f10a2b4c6d8e0f1[A-Za-z0-9_-]{22}$/);
    expect(challengeIdOf(derived, "k1", operationId)).toBe(challengeId);
    expect(challengedAt(challengeId)).toBe(0x0193a5f2c8d4);
  });

  it("is known by whichever key made it, and by no other", () => {
    expect(isChallengeId(keys("k2", "k1"), challengeId)).toBe(true);
    expect(isChallengeId(keys("k2"), challengeId)).toBe(false);
  });

  it.each([
    ["of another time", challengeId.replace("ch_0193", "ch_0194")],
    ["with another tag", `${challengeId.slice(0, -22)}${"A".repeat(22)}`],
    ["of an operation", operationId],
    ["cut short", challengeId.slice(0, -1)],
    ["of nothing", ""],
  ])("is none %s", (_, given) => {
    expect(isChallengeId(derived, given)).toBe(false);
  });
});

describe("a link's token", () => {
  it("holds 256 bits that follow from the operation, and reads back", () => {
    expect(secret).toHaveLength(32);
    expect(linkSecretOf(derived, "k1", use, operationId)).toEqual(secret);
    expect(linkSecretOf(derived, "k1", use, operationId.replace("op_01", "op_02"))).not.toEqual(secret);
    expect(readChallengeToken(derived, token)).toEqual({ use, challengeId, secret });
  });

  it.each(uses)("says what it is for, and has another secret and prefix than for anything else: %s", (each) => {
    const own = { use: each, challengeId, secret: linkSecretOf(derived, "k1", each, operationId) };
    expect(readChallengeToken(derived, makeChallengeToken(own))).toEqual(own);
    for (const other of uses.filter((one) => one !== each)) {
      expect(linkSecretOf(derived, "k1", other, operationId)).not.toEqual(own.secret);
      expect(makeChallengeToken({ ...own, use: other }).slice(0, 3)).not.toBe(makeChallengeToken(own).slice(0, 3));
    }
  });

  it("has one spelling", () => {
    const last = token.at(-1) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const others = [...alphabet].filter((letter) => letter !== last).map((letter) => token.slice(0, -1) + letter);
    const sameBytes = others.filter((other) =>
      Buffer.from(other.slice(3), "base64url").equals(Buffer.from(token.slice(3), "base64url")),
    );

    expect(sameBytes).toHaveLength(15);
    for (const other of sameBytes) expect(readChallengeToken(derived, other)).toBeUndefined();
    for (const other of [` ${token}`, `${token}=`, `${token}\n`, token.toUpperCase()]) {
      expect(readChallengeToken(derived, other)).toBeUndefined();
    }
  });

  it.each([
    ["nothing", ""],
    ["a prefix", "ml_"],
    ["a challenge's id", challengeId],
    ["an operation's id", operationId],
    ["a refresh token", makeRefreshToken(derived, { userId: "u", sessionId: "s", generation: 1 })],
    [
      "the token of another deployment",
      makeChallengeToken({ use, challengeId: challengeIdOf(keys("k9"), "k9", operationId), secret }),
    ],
  ])("is not %s", (_, given) => {
    expect(readChallengeToken(derived, given)).toBeUndefined();
  });
});

describe("what is kept of a link", () => {
  const challengeKind = "magic_link";
  const challenge = {
    kid: "k1",
    challengeKind,
    linkHash: linkHashOf(derived, "k1", { use, challengeId, secret }),
  } as const;

  it("proves its secret, and nothing else", () => {
    expect(provesLink(derived, challenge, { use, challengeId, secret })).toBe(true);
    const other = Buffer.from(secret);
    other.writeUInt8(other.readUInt8(31) ^ 1, 31);
    const elsewhere = challengeId.replace("ch_01", "ch_02");
    expect(provesLink(derived, challenge, { use, challengeId, secret: other })).toBe(false);
    expect(provesLink(derived, challenge, { use, challengeId: elsewhere, secret })).toBe(false);
    expect(provesLink(derived, { kid: "k1", challengeKind }, { use, challengeId, secret })).toBe(false);
  });

  it("proves nothing for another use, whatever the challenge says of its kind", () => {
    for (const other of ["password_reset", "email_change"] as const) {
      const shown = { use: other, challengeId, secret };
      expect(linkHashOf(derived, "k1", shown)).not.toBe(challenge.linkHash);
      expect(provesLink(derived, challenge, shown)).toBe(false);
      expect(provesLink(derived, { ...challenge, challengeKind: other }, shown)).toBe(false);
      expect(provesLink(derived, { ...challenge, challengeKind: other }, { use, challengeId, secret })).toBe(false);
    }
  });

  it("is of the use that its kind of challenge has, and a mere code has none", () => {
    const kinds = ["magic_link", "registration", "password_reset", "email_change", "email_otp"] as const;
    expect(kinds.map(linkUseOf)).toEqual(["sign_in", "sign_in", "password_reset", "email_change", undefined]);
  });

  it("does not give the secret away", () => {
    for (const form of [secret.toString("base64url"), secret.toString("hex"), token]) {
      expect(challenge.linkHash).not.toContain(form);
    }
  });
});

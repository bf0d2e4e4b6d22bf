import { describe, expect, it } from "@jest/globals";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { derivedCodes, fixedCodes } from "./email-codes.ts";

const derived = derivation(parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`));
const codes = derivedCodes(derived);
const challengeId = (count: number): string => `ch_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
const subject = (count: number, email = "ada@example.com") => ({
  challengeId: challengeId(count),
  operationId: `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`,
  email,
  kid: "k1",
});

describe("a derived code", () => {
  it("has six digits, follows from the operation, and is as likely as any other", async () => {
    const issued = await Promise.all(Array.from({ length: 3000 }, (_, index) => codes.issue(subject(index))));
    const first = issued.map(({ code = "" }) => code[0]);

    for (const { code } of issued) expect(code).toMatch(/^\d{6}$/);
    expect((await codes.issue(subject(7))).code).toBe(issued[7]?.code);
    // 300 of each are expected, give or take 16.
    for (const digit of "0123456789") expect(first.filter((each) => each === digit).length).toBeGreaterThan(200);
  });

  it("is right for its own challenge alone", async () => {
    const { code = "", verifier } = await codes.issue(subject(1));
    const other = await codes.issue(subject(2));

    expect(await codes.check({ ...subject(1), verifier }, code)).toBe(true);
    expect(await codes.check({ ...subject(1), verifier }, code === "000000" ? "000001" : "000000")).toBe(false);
    expect(await codes.check({ ...subject(2), verifier: other.verifier }, code)).toBe(false);
    expect(await codes.check({ ...subject(2), verifier }, code)).toBe(false);
  });

  it("is not in what is kept", async () => {
    const { code = "", verifier } = await codes.issue(subject(1));

    expect(verifier).not.toContain(code);
    expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe("a fixed code", () => {
  const fixed = fixedCodes(derived, new Map([["ada@example.com", "123456"]]), codes);

  it("is the one of its address, at every challenge", async () => {
    const { code, verifier } = await fixed.issue(subject(1));

    expect(code).toBe("123456");
    expect(await fixed.check({ ...subject(1), verifier }, "123456")).toBe(true);
    expect(await fixed.check({ ...subject(1), verifier }, "123457")).toBe(false);
  });

  it("is nobody else's", async () => {
    const bob = subject(1, "bob@example.com");
    const { code, verifier } = await fixed.issue(bob);

    expect(code).not.toBe("123456");
    expect(await fixed.check({ ...bob, verifier }, "123456")).toBe(false);
    expect(await fixed.check({ ...bob, verifier }, code ?? "")).toBe(true);
  });
});

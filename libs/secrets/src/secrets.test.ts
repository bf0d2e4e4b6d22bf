import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { derivation, parseKeyring, SealBroken, sealing, UnknownKey } from "./index.ts";

const key = (fill: number): string => Buffer.alloc(32, fill).toString("base64url");
const one = parseKeyring(`k1:${key(1)}`);
const rotated = parseKeyring(`k2:${key(2)},k1:${key(1)}`);

describe("a list of keys", () => {
  it("takes the first as current and keeps the others", () => {
    expect(rotated.current.kid).toBe("k2");
    expect(rotated.all.map((entry) => entry.kid)).toEqual(["k2", "k1"]);
  });

  it.each([
    ["", "32 bytes"],
    ["k1", "32 bytes"],
    [`k1:${key(1)},k1:${key(2)}`, "stands twice"],
    ["k1:short", "32 bytes"],
    [`k1:${key(1)}=`, "32 bytes"],
    [`k 1:${key(1)}`, "kid must be"],
    [`k1:${key(1)}:more`, "32 bytes"],
  ])("refuses %j and says why", (text, why) => {
    expect(() => parseKeyring(text)).toThrow(why);
  });

  it("names every mistake at once and no key", () => {
    const refused = (): unknown => parseKeyring(`a b:${key(7)}x,k2:tooshort`);
    expect(refused).toThrow(/entry 1: the kid.*entry 1: the key.*entry 2/);
    expect(refused).not.toThrow(key(7));
  });
});

describe("a derived value", () => {
  it("is the same for the same key, purpose and parts, whichever key is current", () => {
    expect(derivation(rotated).uuid("k1", "identifier", "op", "user")).toBe(
      derivation(one).uuid("k1", "identifier", "op", "user"),
    );
  });

  it("differs by key, purpose and part", () => {
    const all = derivation(rotated);
    const made = [
      all.uuid("k1", "identifier", "op", "user"),
      all.uuid("k2", "identifier", "op", "user"),
      all.uuid("k1", "refresh-token", "op", "user"),
      all.uuid("k1", "identifier", "op", "session"),
      all.uuid("k1", "identifier", "opuser"),
      all.uuid("k1", "identifier", "o", "puser"),
    ];
    expect(new Set(made).size).toBe(made.length);
  });

  it("is a well-formed UUID of version 8", () => {
    expect(derivation(one).uuid("k1", "identifier", "op")).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it("needs a key that is configured", () => {
    expect(() => derivation(one).bytes("gone", "identifier", "op")).toThrow(UnknownKey);
  });
});

describe("a MAC", () => {
  const mac = derivation(one).mac("envelope-command", "body");

  it("verifies after its key has stopped being current", () => {
    expect(derivation(rotated).verifies(mac, "envelope-command", "body")).toBe(true);
  });

  it("fails once its key is gone", () => {
    expect(derivation(parseKeyring(`k2:${key(2)}`)).verifies(mac, "envelope-command", "body")).toBe(false);
  });

  it("fails under another purpose, for other parts, cut, padded or without kid", () => {
    const all = derivation(rotated);
    expect(all.verifies(mac, "envelope-reply", "body")).toBe(false);
    expect(all.verifies(mac, "envelope-command", "bodY")).toBe(false);
    expect(all.verifies(mac.slice(0, -1), "envelope-command", "body")).toBe(false);
    expect(all.verifies(`${mac}=`, "envelope-command", "body")).toBe(false);
    expect(all.verifies(mac.split(".")[1] ?? "", "envelope-command", "body")).toBe(false);
    expect(all.verifies("", "envelope-command", "body")).toBe(false);
  });
});

describe("a sealed value", () => {
  it("opens to what went in, also after its key has stopped being current", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(await sealing(rotated).open(await sealing(one).seal(plain, "op/tokens"), "op/tokens")).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });

  it("does not open in another place", async () => {
    const box = await sealing(one).seal("secret", "op_1/tokens");
    await expect(sealing(one).open(box, "op_2/tokens")).rejects.toThrow(SealBroken);
    await expect(sealing(one).open(box, "op_1/code")).rejects.toThrow(SealBroken);
  });

  it("does not open when any part was changed", async () => {
    const box = await sealing(one).seal("secret", "p");
    for (const index of [0, 1, 2, 3, 4]) {
      const parts = box.split(".");
      parts[index] = Buffer.from(`x${parts[index]}`).toString("base64url");
      await expect(sealing(one).open(parts.join("."), "p")).rejects.toThrow(SealBroken);
    }
    await expect(sealing(one).open("no box", "p")).rejects.toThrow(SealBroken);
  });

  it("says which key is missing", async () => {
    const box = await sealing(one).seal("secret", "p");
    await expect(sealing(parseKeyring(`k2:${key(2)}`)).open(box, "p")).rejects.toThrow(new UnknownKey("k1"));
  });

  it("does not show its content", async () => {
    expect(await sealing(one).seal("open sesame", "p")).not.toContain(Buffer.from("open sesame").toString("base64url"));
  });
});

import type { Argon2Parameters } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { type Derivation, derivation, parseKeyring, UnknownKey } from "@lanyard/secrets";
import { argon2id } from "./argon2id.ts";
import { type PasswordHashing, passwordHashing } from "./password-hashing.ts";
import { readPhcString, writePhcString } from "./phc-string.ts";

const keys = (...kids: readonly string[]): Derivation =>
  derivation(
    parseKeyring(kids.map((kid) => `${kid}:${Buffer.alloc(32, kid.charCodeAt(1)).toString("base64url")}`).join()),
  );
const cheap = { memory: 8, passes: 1, parallelism: 1 };
const hashing = passwordHashing({ derivation: keys("k1"), cost: cheap });
const by = { operationId: "op_1", kid: "k1" };
const password = "correct horse battery";

describe("argon2id", () => {
  it("is that of RFC 9106, section 5.3", async () => {
    const tag = await argon2id({
      message: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      associatedData: Buffer.alloc(12, 4),
      memory: 32,
      passes: 3,
      parallelism: 4,
      tagLength: 32,
    });
    expect(tag.toString("hex")).toBe("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  });
});

describe("a password's hash", () => {
  it("is a PHC string of argon2id at the cost that OWASP asks for, which names its key and holds no password", async () => {
    const hash = await passwordHashing({ derivation: keys("k1") }).hash(password, by);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=azE\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await passwordHashing({ derivation: keys("k1") }).verifies(password, hash)).toBe(true);
    expect(writePhcString(readPhcString(hash))).toBe(hash);
  });

  it("is the same when its operation comes again, and another of every other operation", async () => {
    expect(await hashing.hash(password, by)).toBe(await hashing.hash(password, by));
    expect(await hashing.hash(password, { ...by, operationId: "op_2" })).not.toBe(await hashing.hash(password, by));
  });

  it("is one for all operations of an address that is given, and another for every other address and password", async () => {
    const ada = { ...by, email: "ada@example.com" };
    const hash = await hashing.hash(password, ada);

    expect(await hashing.hash(password, { ...ada, operationId: "op_2" })).toBe(hash);
    expect(await hashing.verifies(password, hash)).toBe(true);
    const others = await Promise.all([
      hashing.hash(password, { ...ada, email: "bob@example.com" }),
      hashing.hash(`${password}.`, ada),
      hashing.hash(password, { operationId: "ada@example.com", kid: "k1" }),
    ]);
    expect(new Set([hash, ...others]).size).toBe(4);
  });

  it("is the password's alone", async () => {
    const hash = await hashing.hash(password, by);
    const tries = [password, `${password} `, password.toUpperCase(), ""];
    expect(await Promise.all(tries.map((each) => hashing.verifies(each, hash)))).toEqual([true, false, false, false]);
  });

  it("is the same however the same characters were typed", async () => {
    const hash = await hashing.hash("Ünïcødé pässwörd", by);
    expect(await hashing.verifies("Ünïcødé pässwörd".normalize("NFD"), hash)).toBe(true);
    expect(await hashing.verifies("Ünïcødé ｐässwörd", hash)).toBe(true);
  });

  it("is worth nothing without the key", async () => {
    const hash = await hashing.hash(password, by);
    const other = passwordHashing({ derivation: keys("k2", "k1"), cost: cheap });
    expect(await other.verifies(password, hash)).toBe(true);
    expect(await other.verifies(password, hash.replace("keyid=azE", "keyid=azI"))).toBe(false);
    await expect(passwordHashing({ derivation: keys("k2") }).verifies(password, hash)).rejects.toThrow(UnknownKey);
  });

  it("is due to be made anew when cost or key are not the current ones", async () => {
    const hash = await hashing.hash(password, by);
    const with2 = (cost: typeof cheap, ...kids: string[]): PasswordHashing =>
      passwordHashing({ derivation: keys(...kids), cost });
    expect(hashing.isCurrent(hash)).toBe(true);
    expect(with2(cheap, "k2", "k1").isCurrent(hash)).toBe(false);
    for (const change of [{ memory: 16 }, { passes: 2 }, { parallelism: 2, memory: 16 }]) {
      expect(with2({ ...cheap, ...change }, "k1").isCurrent(hash)).toBe(false);
    }
  });

  it("is never of what is no text, which is nobody's password either", async () => {
    await expect(hashing.hash("\ud83d", by)).rejects.toThrow(TypeError);
    const replaced = await hashing.hash("", by);
    expect(await hashing.verifies("\ud83d", replaced)).toBe(false);
  });

  it.each([
    "",
    "plain",
    "$argon2i$v=19$m=8,t=1,p=1,keyid=azE$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "$2b$10$x",
  ])("that is stored as something else is a defect, which names nothing: %j", async (stored) => {
    await expect(hashing.verifies(password, stored)).rejects.toThrow(
      "a stored password hash is no PHC string of argon2id",
    );
  });
});

describe("the work of a try", () => {
  it("is the same for nobody's password, for a wrong one, and for what is no text", async () => {
    const done: Argon2Parameters[] = [];
    const counting = passwordHashing({
      derivation: keys("k1"),
      cost: cheap,
      argon2id: (parameters) => {
        done.push(parameters);
        return argon2id(parameters);
      },
    });
    const hash = await counting.hash(password, by);
    for (const [tried, against] of [
      ["wrong", undefined],
      ["wrong", hash],
      [password, hash],
      ["\ud83d", hash],
      ["\ud83d", undefined],
    ] as const) {
      done.length = 0;
      await counting.verifies(tried, against);
      expect(
        done.map(({ memory, passes, parallelism, tagLength }) => [memory, passes, parallelism, tagLength]),
      ).toEqual([[8, 1, 1, 32]]);
    }
  });
});

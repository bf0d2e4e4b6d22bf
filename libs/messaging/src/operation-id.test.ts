import { describe, expect, it } from "@jest/globals";
import { type Caller, operationId as operationIdSchema } from "@lanyard/contracts";
import { derivation, parseKeyring } from "@lanyard/secrets";
import fc from "fast-check";
import { isOperationOf, newOperationId, receivedAtOf } from "./operation-id.ts";

const key = (fill: number): string => Buffer.alloc(32, fill).toString("base64url");
const [old, both, fresh] = [`k1:${key(1)}`, `k2:${key(2)},k1:${key(1)}`, `k2:${key(2)}`].map((text) =>
  derivation(parseKeyring(text)),
) as [ReturnType<typeof derivation>, ReturnType<typeof derivation>, ReturnType<typeof derivation>];
const nobody: Caller = { kind: "none" };
const user: Caller = { kind: "user", userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d" };
const now = Date.parse("2026-11-21T12:00:00.123Z");
const random = new Uint8Array(10).fill(9);
const id = newOperationId(old, nobody, now, random);

describe("an operation id", () => {
  it("has the form of the contract, and holds the time of receipt", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 47 }), fc.uint8Array({ minLength: 10, maxLength: 10 }), (at, bytes) => {
        const made = newOperationId(old, nobody, at, bytes);
        expect(operationIdSchema.safeParse(made).success).toBe(true);
        expect(receivedAtOf(made)).toBe(at);
        expect(isOperationOf(old, made, nobody)).toBe(true);
      }),
    );
  });

  it("is a UUID of version 7 with a tag", () => {
    expect(id.slice(3, 35)).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  });

  it("follows from time, chance and caller alone", () => {
    expect(newOperationId(old, nobody, now, random)).toBe(id);
    expect(newOperationId(old, nobody, now, new Uint8Array(10).fill(8))).not.toBe(id);
    expect(newOperationId(old, user, now, random)).not.toBe(id);
    expect(newOperationId(old, user, now, random).slice(0, 35)).toBe(id.slice(0, 35));
  });

  it("is its caller's alone", () => {
    const users = newOperationId(old, user, now, random);

    expect(isOperationOf(old, users, user)).toBe(true);
    expect(isOperationOf(old, users, nobody)).toBe(false);
    expect(isOperationOf(old, users, { kind: "user", userId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e" })).toBe(false);
    expect(isOperationOf(old, id, user)).toBe(false);
  });

  it("outlives a change of keys while the old one is configured, and no longer", () => {
    expect(isOperationOf(both, id, nobody)).toBe(true);
    expect(isOperationOf(fresh, id, nobody)).toBe(false);
  });

  it("is none when a single character of it is another", () => {
    const hex = /[0-9a-f]/;
    for (let at = 3; at < id.length; at += 1) {
      const [other = ""] = [..."0aA_"].filter((each) => each !== id[at] && (at >= 35 || hex.test(each)));
      expect(isOperationOf(old, id.slice(0, at) + other + id.slice(at + 1), nobody)).toBe(false);
    }
  });

  it.each(["", "op_", id.slice(0, -1), `${id}A`, id.toUpperCase(), ` ${id}`, `${id}\n`, "op_".padEnd(57, "é")])(
    "is none, and throws nothing: %p",
    (text) => {
      expect(isOperationOf(old, text, nobody)).toBe(false);
    },
  );

  it("is made with the key that is asked for, and is its caller's while that is configured", () => {
    const byOld = newOperationId(both, user, now, random, "k1");

    expect(byOld).toBe(newOperationId(old, user, now, random));
    expect(byOld).not.toBe(newOperationId(both, user, now, random));
    expect(isOperationOf(both, byOld, user)).toBe(true);
    expect(isOperationOf(fresh, byOld, user)).toBe(false);
  });
});

import { describe, expect, it } from "@jest/globals";
import { newOperationId } from "@lanyard/messaging";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { isOperationSecret, locationOf, operationSecret } from "./operation-id.ts";

const key = (fill: number): string => Buffer.alloc(32, fill).toString("base64url");
const [old, both, fresh] = [`k1:${key(1)}`, `k2:${key(2)},k1:${key(1)}`, `k2:${key(2)}`].map((text) =>
  derivation(parseKeyring(text)),
) as [ReturnType<typeof derivation>, ReturnType<typeof derivation>, ReturnType<typeof derivation>];
const now = Date.parse("2026-11-21T12:00:00.123Z");
const random = new Uint8Array(10).fill(9);
const id = newOperationId(old, { kind: "none" }, now, random);

describe("an operation", () => {
  it("has a place to be read at", () => {
    expect(locationOf(id)).toBe(`/api/v2/operations/${id}`);
  });
});

describe("an operation's secret", () => {
  it("opens this operation and no other", () => {
    const other = newOperationId(old, { kind: "none" }, now + 1, random);

    expect(isOperationSecret(old, id, operationSecret(old, id))).toBe(true);
    expect(isOperationSecret(old, other, operationSecret(old, id))).toBe(false);
    expect(operationSecret(old, id)).not.toContain(id);
  });

  it("outlives a change of keys while the old one is configured, and no longer", () => {
    expect(isOperationSecret(both, id, operationSecret(old, id))).toBe(true);
    expect(isOperationSecret(fresh, id, operationSecret(old, id))).toBe(false);
  });

  it.each(["", ".", "k1", "k1.", "k9.AAAA", "é"])("is not %p", (secret) => {
    expect(isOperationSecret(old, id, secret)).toBe(false);
  });
});

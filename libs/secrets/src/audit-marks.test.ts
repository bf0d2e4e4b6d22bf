import { describe, expect, it } from "@jest/globals";
import { auditMarks, canonicalJson, contentDigest } from "./audit-marks.ts";
import { derivation } from "./derivation.ts";
import { parseKeyring } from "./keyring.ts";

const key = (kid: string, fill: number): string => `${kid}:${Buffer.alloc(32, fill).toString("base64url")}`;
const marks = auditMarks(derivation(parseKeyring(key("k1", 5))));
const place = { pk: "user#1", sk: "event#2" };
const value = { type: "session.opened", data: { b: 1, a: [1, { d: null, c: "x" }] } };
const marked = { ...value, mac: marks.markOf("row", place, value) };

describe("a mark", () => {
  it("is the same whatever order the properties came back in, and says nothing of itself", () => {
    const { data, mac, type } = marked;
    expect(marks.check("row", place, { mac, data: { a: [1, { c: "x", d: null }], b: data.b }, type })).toBe("genuine");
    expect(marks.markOf("row", place, marked)).toBe(marked.mac);
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    expect(contentDigest({ a: 1, b: 2 })).toBe(contentDigest({ b: 2, a: 1 }));
  });

  it.each([
    ["of another value", "row", place, { ...marked, type: "session.revoked" }],
    ["of a value with more to it", "row", place, { ...marked, more: 1 }],
    ["of a value with less to it", "row", place, { type: marked.type, mac: marked.mac }],
    ["of another place", "row", { ...place, pk: "user#2" }, marked],
    ["of another kind", "entry", place, marked],
    ["that is missing", "row", place, value],
    ["that is no text", "row", place, { ...value, mac: 7 }],
  ] as const)("%s is forged", (_, kind, where, given) => {
    expect(marks.check(kind, where, given)).toBe("forged");
  });

  it("outlives its key's turn, and cannot be told once the key is gone", () => {
    const rotated = auditMarks(derivation(parseKeyring(`${key("k2", 6)},${key("k1", 5)}`)));
    const dropped = auditMarks(derivation(parseKeyring(key("k2", 6))));
    expect(rotated.check("row", place, marked)).toBe("genuine");
    expect(dropped.check("row", place, marked)).toBe("unknown_key");
    expect(dropped.check("row", place, { ...marked, mac: marked.mac.replace("k1.", "k2.") })).toBe("forged");
  });
});

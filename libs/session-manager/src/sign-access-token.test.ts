import { describe, expect, it } from "@jest/globals";
import { calculateJwkThumbprint, jwtVerify } from "jose";
import { ZodError } from "zod";
import { importPublicKey, importSigningKey, newSigningKey, signAccessToken } from "./index.ts";
import { isLowS, p256Order, toLowS } from "./p256-signature.ts";
import { partsOf } from "./testing/forge.ts";
import { verifierBench } from "./testing/verifier-bench.ts";

const decoded = (part: string): string => Buffer.from(part, "base64url").toString();

describe("a signed access token", () => {
  it("has the three members of an RFC 9068 header and no others", async () => {
    const { claims, signingKey } = await verifierBench();
    const [header] = partsOf(await signAccessToken(claims, signingKey));
    expect(decoded(header)).toBe(`{"alg":"ES256","typ":"at+jwt","kid":"${signingKey.kid}"}`);
  });

  it("spells its claims in one order, however they are given", async () => {
    const { claims, signingKey } = await verifierBench();
    const reversed = Object.fromEntries(Object.entries(claims).reverse()) as typeof claims;
    const [, payload] = partsOf(await signAccessToken(reversed, signingKey));
    expect(decoded(payload)).toBe(JSON.stringify(claims));
  });

  it("always has a low s, and any JWT library can verify it", async () => {
    const { claims, signingKey, publicKey, issuer, audience, now } = await verifierBench();
    for (let time = 0; time < 64; time += 1) {
      const token = await signAccessToken(claims, signingKey);
      const [, , signature] = partsOf(token);
      expect(isLowS(Buffer.from(signature, "base64url"))).toBe(true);
      const options = { issuer, audience, typ: "at+jwt", currentDate: new Date(now()) };
      expect((await jwtVerify(token, publicKey, options)).payload).toEqual(claims);
    }
  });

  it.each([
    ["a sub that is no id", { sub: "admin" }],
    ["a sub in upper case", { sub: "0B6F6A3E-7A0E-8F5B-9C1D-2E3F4A5B6C7D" }],
    ["a fraction of a second", { exp: 1.5 }],
    ["a claim of no name here", { admin: true }],
    ["a lone surrogate", { roles: ["\ud800"] }],
  ])("is not made with %s", async (_what, wrong) => {
    const { claims, signingKey } = await verifierBench();
    await expect(signAccessToken({ ...claims, ...wrong }, signingKey)).rejects.toThrow(ZodError);
  });
});

describe("a low s", () => {
  const r = Buffer.alloc(32, 1);
  const signature = (s: bigint): Buffer => Buffer.concat([r, Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  const half = p256Order >> 1n;

  it("is at most half the order of the curve", () => {
    expect(isLowS(signature(1n))).toBe(true);
    expect(isLowS(signature(half))).toBe(true);
    expect(isLowS(signature(half + 1n))).toBe(false);
    expect(isLowS(signature(p256Order - 1n))).toBe(false);
  });

  it("comes of a high one by negation and is left alone otherwise", () => {
    expect(toLowS(signature(half))).toEqual(signature(half));
    expect(toLowS(signature(half + 1n))).toEqual(signature(half));
    expect(toLowS(signature(p256Order - 1n))).toEqual(signature(1n));
  });
});

describe("a new signing key", () => {
  it("is named by the thumbprint of its public half, which holds no secret", async () => {
    const { kid, publicJwk, privateJwk } = await newSigningKey();
    expect(kid).toBe(await calculateJwkThumbprint({ ...publicJwk }, "sha256"));
    expect(kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Object.keys(publicJwk)).toEqual(["kty", "crv", "x", "y", "kid", "alg", "use"]);
    expect(privateJwk).toEqual({ ...publicJwk, d: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
  });

  it("differs each time", async () => {
    expect((await newSigningKey()).kid).not.toBe((await newSigningKey()).kid);
  });

  it("survives storage as JSON, and its private half cannot be exported once imported", async () => {
    const made = await newSigningKey();
    const { kid, privateKey } = await importSigningKey(JSON.parse(JSON.stringify(made.privateJwk)));
    expect(kid).toBe(made.kid);
    expect(privateKey.extractable).toBe(false);
    expect(privateKey.usages).toEqual(["sign"]);
  });

  it("leaves the secret behind when read as a public key", async () => {
    const publicKey = await importPublicKey((await newSigningKey()).privateJwk);
    expect(publicKey.type).toBe("public");
    expect(publicKey.usages).toEqual(["verify"]);
  });

  it.each([
    ["of another name", { kid: "k1" }],
    ["of another curve", { crv: "P-384" }],
    ["of another algorithm", { alg: "ES384" }],
    ["of another kind", { kty: "oct" }],
  ])("is refused when it is %s", async (_what, wrong) => {
    const { publicJwk, privateJwk } = await newSigningKey();
    await expect(importPublicKey({ ...publicJwk, ...wrong } as typeof publicJwk)).rejects.toThrow(TypeError);
    await expect(importSigningKey({ ...privateJwk, ...wrong } as typeof privateJwk)).rejects.toThrow(TypeError);
  });
});

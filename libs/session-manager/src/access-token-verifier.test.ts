import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { accessTokenVerifier, signAccessToken } from "./index.ts";
import { verifierBench } from "./testing/verifier-bench.ts";

describe("a token that was signed here", () => {
  it("is valid and says what was signed", async () => {
    const { verifier, claims, signingKey } = await verifierBench();
    expect(await verifier.verify(await signAccessToken(claims, signingKey))).toEqual({ kind: "valid", claims });
  });

  it("is valid at the edges of what claims may hold", async () => {
    const { verifier, claims, signingKey } = await verifierBench();
    const edge = {
      ...claims,
      exp: claims.iat + 86_400,
      amr: [],
      roles: ["ä", "\u{1f511}", '"\\/\n'],
      pull: 0,
      auth_time: 0,
    };
    expect(await verifier.verify(await signAccessToken(edge, signingKey))).toEqual({ kind: "valid", claims: edge });
  });

  it("is valid up to 5 s before it was issued, for clocks differ", async () => {
    const { verifier, claims, signingKey, setNow } = await verifierBench();
    const token = await signAccessToken(claims, signingKey);
    setNow((claims.iat - 6) * 1000 + 999);
    expect(await verifier.verify(token)).toEqual({ kind: "invalid" });
    setNow((claims.iat - 5) * 1000);
    expect(await verifier.verify(token)).toMatchObject({ kind: "valid" });
  });

  it("hands out claims that nobody can change for the next request", async () => {
    const { verifier, claims, signingKey } = await verifierBench();
    const verified = await verifier.verify(await signAccessToken(claims, signingKey));
    if (verified.kind !== "valid") throw new Error("not valid");
    expect(() => Object.assign(verified.claims, { sub: "changed" })).toThrow(TypeError);
    expect(() => (verified.claims.roles as string[]).push("admin")).toThrow(TypeError);
    expect(() => (verified.claims.amr as string[]).push("otp")).toThrow(TypeError);
    expect(() => Object.assign(verified, { kind: "expired" })).toThrow(TypeError);
  });
});

describe.each([
  { clockToleranceSeconds: undefined, grace: 5 },
  { clockToleranceSeconds: 0, grace: 0 },
  { clockToleranceSeconds: 30, grace: 30 },
])("a tolerance of $clockToleranceSeconds s", ({ clockToleranceSeconds, grace }) => {
  const options = clockToleranceSeconds === undefined ? {} : { clockToleranceSeconds };

  it.each([{ cached: true }, { cached: false }])(
    `ends a token exactly ${grace} s after exp (cached: $cached)`,
    async ({ cached }) => {
      const { verifier, claims, signingKey, setNow } = await verifierBench(options);
      const token = await signAccessToken(claims, signingKey);
      if (cached) await verifier.verify(token);
      setNow((claims.exp + grace) * 1000 - 1);
      expect(await verifier.verify(token)).toMatchObject({ kind: "valid" });
      if (!cached) verifier.clear();
      setNow((claims.exp + grace) * 1000);
      expect(await verifier.verify(token)).toEqual({ kind: "expired" });
      expect(verifier.cacheStats().size).toBe(0);
    },
  );
});

describe("any change of one character", () => {
  it("makes a valid token invalid, whether or not it is cached", async () => {
    const { verifier, claims, signingKey } = await verifierBench();
    const token = await signAccessToken(claims, signingKey);
    await verifier.verify(token);
    const spelling = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const character = fc.oneof(
      fc.constantFrom(...spelling, ..."+/=. \n\u0000"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        character,
        fc.constantFrom("put", "insert", "remove"),
        async (at, by, how) => {
          const changed =
            token.slice(0, at) + (how === "remove" ? "" : by) + token.slice(how === "insert" ? at : at + 1);
          fc.pre(changed !== token);
          expect(await verifier.verify(changed)).toEqual({ kind: "invalid" });
        },
      ),
      { numRuns: 3_000 },
    );
    expect(await verifier.verify(token)).toMatchObject({ kind: "valid" });
  });

  it("is refused at every place of the token", async () => {
    const { verifier, claims, signingKey } = await verifierBench();
    const token = await signAccessToken(claims, signingKey);
    for (let at = 0; at < token.length; at += 1) {
      const by = token[at] === "A" ? "B" : "A";
      expect(await verifier.verify(token.slice(0, at) + by + token.slice(at + 1))).toEqual({ kind: "invalid" });
    }
  });
});

describe("the key source", () => {
  it("passes its own failure on, and the token is judged afresh afterwards", async () => {
    const { claims, signingKey, publicKey, issuer, audience, now } = await verifierBench();
    const failure = new Error("table unavailable");
    let isDown = true;
    const keys = { find: async () => (isDown ? Promise.reject(failure) : publicKey), holds: () => true };
    const verifier = accessTokenVerifier({ issuer, audience, keys, now });
    const token = await signAccessToken(claims, signingKey);
    await expect(verifier.verify(token)).rejects.toBe(failure);
    isDown = false;
    expect(await verifier.verify(token)).toMatchObject({ kind: "valid" });
  });

  it("is never asked for what is not well formed", async () => {
    const { verifier, claims, signingKey, lookups } = await verifierBench();
    const [header, payload] = (await signAccessToken(claims, signingKey)).split(".");
    for (const token of ["", "..", `${header}.${payload}.`, "A".repeat(5_000)]) await verifier.verify(token);
    expect(lookups).toEqual([]);
  });

  it("that gives a key of another kind makes tokens invalid, not requests fail", async () => {
    const { claims, signingKey, issuer, audience, now } = await verifierBench();
    const foreign = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, false, ["sign", "verify"]);
    const keys = { find: async () => foreign.publicKey, holds: () => true };
    const verifier = accessTokenVerifier({ issuer, audience, keys, now });
    expect(await verifier.verify(await signAccessToken(claims, signingKey))).toEqual({ kind: "invalid" });
  });

  it("that drops the key while a signature is being checked makes the token invalid", async () => {
    const { claims, signingKey, publicKey, issuer, audience, now } = await verifierBench();
    const keys = { find: async () => publicKey, holds: () => false };
    const verifier = accessTokenVerifier({ issuer, audience, keys, now });
    expect(await verifier.verify(await signAccessToken(claims, signingKey))).toEqual({ kind: "invalid" });
    expect(verifier.cacheStats().size).toBe(0);
  });
});

import { describe, expect, it, jest } from "@jest/globals";
import { signAccessToken } from "./index.ts";
import { verifierBench } from "./testing/verifier-bench.ts";

describe("a verified token", () => {
  it("is looked up and checked with its key once, then answered from memory", async () => {
    const { verifier, claims, signingKey, lookups } = await verifierBench();
    const token = await signAccessToken(claims, signingKey);
    const checks = jest.spyOn(crypto.subtle, "verify");
    for (let time = 0; time < 5; time += 1) expect(await verifier.verify(token)).toEqual({ kind: "valid", claims });
    expect(checks).toHaveBeenCalledTimes(1);
    checks.mockRestore();
    expect(lookups).toHaveLength(1);
    expect(verifier.cacheStats()).toEqual({ hits: 4, misses: 1, size: 1 });
  });

  it("is invalid at once when its key is removed, and is forgotten", async () => {
    const { verifier, claims, signingKey, trusted, publicKey } = await verifierBench();
    const token = await signAccessToken(claims, signingKey);
    await verifier.verify(token);
    trusted.delete(signingKey.kid);
    expect(await verifier.verify(token)).toEqual({ kind: "invalid" });
    expect(verifier.cacheStats()).toEqual({ hits: 0, misses: 2, size: 0 });
    trusted.set(signingKey.kid, publicKey);
    expect(await verifier.verify(token)).toMatchObject({ kind: "valid" });
  });

  it("is forgotten when it expires", async () => {
    const { verifier, claims, signingKey, setNow } = await verifierBench();
    const token = await signAccessToken(claims, signingKey);
    await verifier.verify(token);
    setNow((claims.exp + 5) * 1000);
    expect(await verifier.verify(token)).toEqual({ kind: "expired" });
    expect(await verifier.verify(token)).toEqual({ kind: "expired" });
    expect(verifier.cacheStats().size).toBe(0);
  });

  it("of a removed key is invalid rather than expired", async () => {
    const { verifier, claims, signingKey, setNow, trusted } = await verifierBench();
    const token = await signAccessToken(claims, signingKey);
    await verifier.verify(token);
    setNow((claims.exp + 5) * 1000);
    trusted.delete(signingKey.kid);
    expect(await verifier.verify(token)).toEqual({ kind: "invalid" });
  });

  it("is checked again after the cache was cleared", async () => {
    const { verifier, claims, signingKey, lookups } = await verifierBench();
    const token = await signAccessToken(claims, signingKey);
    await verifier.verify(token);
    verifier.clear();
    expect(verifier.cacheStats().size).toBe(0);
    expect(await verifier.verify(token)).toMatchObject({ kind: "valid" });
    expect(lookups).toHaveLength(2);
  });

  it("makes room for a newer one when the cache is full, the least recently used first", async () => {
    const { verifier, claims, signingKey, lookups } = await verifierBench({ cacheSize: 2 });
    const sign = (pull: number): Promise<string> => signAccessToken({ ...claims, pull }, signingKey);
    const [first, second, third] = [await sign(1), await sign(2), await sign(3)];
    for (const token of [first, second, first, third]) await verifier.verify(token);
    expect(lookups).toHaveLength(3);
    await verifier.verify(first);
    expect(lookups).toHaveLength(3);
    await verifier.verify(second);
    expect(lookups).toHaveLength(4);
    expect(verifier.cacheStats().size).toBe(2);
  });
});

describe("a token that is not valid", () => {
  it("is never remembered", async () => {
    const { verifier, claims, signingKey, setNow } = await verifierBench();
    setNow((claims.exp + 60) * 1000);
    await verifier.verify(await signAccessToken(claims, signingKey));
    await verifier.verify(await signAccessToken({ ...claims, iss: "http://localhost:8081" }, signingKey));
    await verifier.verify("not a token");
    expect(verifier.cacheStats()).toEqual({ hits: 0, misses: 2, size: 0 });
  });
});

import { describe, expect, it } from "@jest/globals";
import { newSigningKey } from "../signing-key.ts";
import { forge, type HostileContext } from "./forge.ts";
import { fitsInHeader, hostileTokens } from "./hostile-tokens.ts";
import { type VerifierBench, verifierBench } from "./verifier-bench.ts";

async function contextOf({ newKey, claims, issuer, audience, now }: VerifierBench): Promise<HostileContext> {
  return { signingKey: newKey, otherKey: await newSigningKey(), claims, issuer, audience, now: now() };
}

describe("the hostile tokens", () => {
  it("are all invalid: none is valid, none expired, none makes the verifier throw", async () => {
    const bench = await verifierBench();
    const tokens = await hostileTokens(await contextOf(bench));
    const verdicts = await Promise.all(
      tokens.map(async ({ name, token }) => {
        const verdict = await bench.verifier
          .verify(token)
          .catch((error: unknown) => ({ kind: `thrown ${String(error)}` }));
        return `${name}: ${verdict.kind}`;
      }),
    );
    expect(verdicts.filter((verdict) => !verdict.endsWith(": invalid"))).toEqual([]);
    expect(bench.verifier.cacheStats()).toMatchObject({ hits: 0, size: 0 });
  });

  it("are all invalid too while the genuine token is cached", async () => {
    const bench = await verifierBench();
    const context = await contextOf(bench);
    await bench.verifier.verify(forge(context).token());
    for (const { token } of await hostileTokens(context)) {
      expect(await bench.verifier.verify(token)).toEqual({ kind: "invalid" });
    }
  });

  it("come from a workshop whose unspoilt token is valid, so that the spoiling is what is refused", async () => {
    const bench = await verifierBench();
    const context = await contextOf(bench);
    expect(await bench.verifier.verify(forge(context).token())).toEqual({ kind: "valid", claims: bench.claims });
  });

  it("only ever reach the key source by a name that could be a key's", async () => {
    const bench = await verifierBench();
    for (const { token } of await hostileTokens(await contextOf(bench))) await bench.verifier.verify(token);
    expect(bench.lookups.filter((kid) => !/^[A-Za-z0-9_-]{1,64}$/.test(kid))).toEqual([]);
  });

  it("are many, each of a name and a spelling of its own", async () => {
    const tokens = await hostileTokens(await contextOf(await verifierBench()));
    expect(tokens.length).toBeGreaterThan(400);
    const repeated = (values: string[]): string[] => values.filter((value, at) => values.indexOf(value) !== at);
    expect(repeated(tokens.map(({ name }) => name))).toEqual([]);
    expect(repeated(tokens.map(({ token }) => token)).map((token) => token.slice(0, 60))).toEqual([]);
  });

  it("mostly fit in a header, and those that HTTP would change or Node refuse are told apart", async () => {
    const tokens = await hostileTokens(await contextOf(await verifierBench()));
    const fitting = tokens.filter(({ token }) => fitsInHeader(token));
    expect(fitting.length).toBeGreaterThan(tokens.length * 0.8);
    for (const { token } of fitting) {
      expect(new Headers({ authorization: `Bearer ${token}` }).get("authorization")).toBe(`Bearer ${token}`);
    }
    expect(["", " a", "a ", "a\nb", "a\u0000", "a\u3002b", "a".repeat(20_000)].map(fitsInHeader)).not.toContain(true);
  });
});

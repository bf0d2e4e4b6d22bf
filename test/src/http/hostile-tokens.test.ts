import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { signingKeyItem } from "@lanyard/contracts";
import { newSigningKey, type PrivateJwk } from "@lanyard/session-manager";
import { fitsInHeader, type HostileToken, hostileTokens } from "@lanyard/session-manager/testing";
import { typedItems } from "@lanyard/storage";
import { decodeJwt } from "jose";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn, type Visitor } from "../support/visitor.ts";

let system: InProcessSystem;
let visitor: Visitor;
let hostile: readonly HostileToken[];
beforeAll(async () => {
  system = await inProcessSystem();
  visitor = await signIn(system);
  const record = await typedItems(system.table("token"), signingKeyItem).load(1);
  if (record === undefined) throw new Error("the token worker has made no key");
  const { publicJwk, sealedPrivateJwk } = record.value;
  const { kid } = publicJwk;
  const privateJwk = (await system.sealing.open(sealedPrivateJwk, `signing-key/${kid}`)) as PrivateJwk;
  hostile = await hostileTokens({
    signingKey: { kid, publicJwk, privateJwk },
    otherKey: await newSigningKey(),
    claims: decodeJwt(visitor.accessToken) as never,
    issuer: system.issuer,
    audience: system.audience,
    now: system.clock.now(),
  });
});
afterAll(() => system.stop());

describe("a hostile token", () => {
  it("is one of hundreds, made with the key that the gateway trusts", async () => {
    expect(hostile.filter(({ token }) => fitsInHeader(token)).length).toBeGreaterThan(300);
  });

  it.each(["/api/v2/auth/session", "/api/v2/operations/op_1"])("is not valid at %s, and nothing else", async (path) => {
    const verdicts: string[] = [];
    for (const { name, token } of hostile.filter(({ token }) => fitsInHeader(token))) {
      // An unknown key is looked for by a read that may begin a second later.
      const asked = system.call("GET", path, { headers: { authorization: `Bearer ${token}` } });
      const { status, body } = await system.whileTimePasses(asked, 20);
      const verdict = `${status} ${(body as { code?: string }).code}`;
      if (verdict !== "401 token_invalid") verdicts.push(`${name}: ${verdict}`);
    }

    expect(verdicts).toEqual([]);
  });

  it("leaves the genuine one as good as it was", async () => {
    expect((await system.call("GET", "/api/v2/auth/session", { headers: visitor.bearer })).status).toBe(200);
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  accountFrom,
  andonSystem,
  everywhere,
  operator,
  pullsStanding,
  receipt,
  revocationIdOf,
  told,
} from "../support/andon.ts";
import type { InProcessOptions, InProcessSystem } from "../support/in-process-system.ts";
import { refresh, seenBy, tokensOf, wordsOf } from "../support/visitor.ts";

const gone = "403 session_revoked operator";
const HERE = "198.51.100.1";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await andonSystem(options);
};
afterEach(() => system.stop());

describe("every token of a user", () => {
  const revoke = (userId: string, options: object = {}) =>
    system.call("DELETE", `/api/v2/admin/users/${userId}/tokens`, { headers: operator, ...options });

  it("ends with one request, whatever is said of why", async () => {
    await begin();
    const ada = await accountFrom(system, HERE);
    const bob = await accountFrom(system, HERE);
    const revocationId = revocationIdOf(await revoke(ada.userId.toUpperCase()));
    await system.clock.settle();

    expect(await everywhere(system, ada.bearer)).toBe(gone);
    expect(wordsOf(await refresh(system, ada.refreshToken))).toBe("401 refresh_token_invalid");
    expect(await everywhere(system, bob.bearer)).toBe("200");
    expect((await receipt(system, revocationId)).body).toMatchObject({
      scope: { kind: "user", userId: ada.userId },
      reason: "Every session of a user was ended",
      pulledBy: "key:deploy",
    });
    const asked = await revoke(bob.userId, { json: { reason: "She asked for it" } });
    expect((await receipt(system, revocationIdOf(asked))).body).toMatchObject({ reason: "She asked for it" });
    expect(told(system, "operator.acted")).toContainEqual({
      by: "key:deploy",
      action: "revokeUserTokens",
      targets: [revocationId],
    });
  });

  it("ends for a user that nobody has, and not for what is no id", async () => {
    await begin({ gateways: 1 });

    expect((await revoke(randomUUID())).status).toBe(202);
    expect(wordsOf(await revoke("ada"))).toBe("404 user_not_found");
    expect(wordsOf(await revoke(randomUUID(), { json: { scope: { kind: "all" } } }))).toBe("400 validation_failed");
    expect(pullsStanding(system)).toBe(1);
  });

  it("is asked for no oftener than the limit allows; a replay does not count", async () => {
    await begin({ gateways: 1, settings: { limits: { adminUserTokens: { quota: 2, windowSeconds: 600 } } } });
    const key = { headers: { ...operator, "idempotency-key": randomUUID() } };
    const userId = randomUUID();
    const said = [];
    for (const options of [key, key, {}, {}]) said.push((await revoke(userId, options)).status);

    expect(said).toEqual([202, 202, 202, 429]);
    expect(pullsStanding(system)).toBe(2);
  });
});

describe("every token there is", () => {
  /** A key that is not known is looked for by a read that may begin a moment later. */
  const seen = (bearer: Readonly<Record<string, string>>) => system.whileTimePasses(everywhere(system, bearer), 20);
  const revoke = (options: object = {}) =>
    system.call("DELETE", "/api/v2/admin/tokens", { headers: operator, ...options });

  it("ends with one request, with the keys that signed them; who signs in afterwards is let in", async () => {
    await begin();
    const ada = await accountFrom(system, HERE);
    const revocationId = revocationIdOf(await revoke());
    await system.clock.advance(1000);

    expect(await seen(ada.bearer)).toMatch(/^(?:403 session_revoked operator|401 token_invalid)$/);
    expect(wordsOf(await refresh(system, ada.refreshToken))).toBe("401 refresh_token_invalid");
    await system.clock.advance(5000);
    expect(await seen(ada.bearer)).toBe("401 token_invalid");
    const later = await accountFrom(system, HERE);
    await system.clock.advance(1000);
    expect(await seen(later.bearer)).toBe("200");
    expect((await receipt(system, revocationId)).body).toMatchObject({
      scope: { kind: "all" },
      pulledBy: "key:deploy",
    });
  });

  it("ends once with one Idempotency-Key", async () => {
    await begin({ gateways: 1 });
    const key = { headers: { ...operator, "idempotency-key": randomUUID() } };
    const first = await revoke(key);
    const again = await revoke(key);

    expect(again.text).toBe(first.text);
    expect(pullsStanding(system)).toBe(1);
  });

  it("is asked for no oftener than the limit allows", async () => {
    await begin({ gateways: 1, settings: { limits: { adminAllTokens: { quota: 1, windowSeconds: 3600 } } } });

    expect((await revoke()).status).toBe(202);
    expect(wordsOf(await revoke())).toBe("429 rate_limited");
    expect(pullsStanding(system)).toBe(1);
  });

  it("ends the tokens of the operator who asks for it too", async () => {
    await begin({ gateways: 1 });
    const ada = await accountFrom(system, HERE);
    const roles = { headers: operator, json: { roles: ["admin"] } };
    await system.call("PUT", `/api/v2/admin/users/${ada.userId}/roles`, roles);
    const admin = { authorization: `Bearer ${tokensOf(await refresh(system, ada.refreshToken)).accessToken}` };
    const answer = await system.call("DELETE", "/api/v2/admin/tokens", { headers: admin });

    expect(answer.status).toBe(202);
    expect(await seenBy(system, admin)).toBe(gone);
    expect(told(system, "andon.pulled")[0]).toMatchObject({ pulledBy: `user:${ada.userId}` });
  });
});

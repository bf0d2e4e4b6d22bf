import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { opsKeyHash } from "@lanyard/gateway-service";
import { eventually } from "@lanyard/messaging/testing";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { bearerOf, refresh, signIn, type Tokens, tokensOf, wordsOf } from "../support/visitor.ts";

const key = Buffer.alloc(32, 1).toString("base64url");
const headers = { authorization: `Bearer ${key}` };

let system: InProcessSystem;
beforeEach(async () => {
  system = await inProcessSystem({ settings: { opsKeys: [{ name: "deploy", hash: opsKeyHash(key) }] } });
});
afterEach(() => system.stop());

interface SignedIn {
  readonly user: { readonly id: string; readonly roles?: readonly string[] };
  readonly tokens: Tokens;
}
async function signInByCode(email: string): Promise<SignedIn> {
  const mailsBefore = system.mails.length;
  const asked = await system.call("POST", "/api/v2/auth/otp", { json: { email } });
  const { challengeId } = asked.body as { readonly challengeId: string };
  await eventually("the mail is there", async () => system.mails.length > mailsBefore);
  const { code } = signInMailTo(system.mails, email);
  const answer = await system.call("POST", "/api/v2/auth/otp/verify", { json: { challengeId, code } });
  return answer.body as SignedIn;
}
const setRoles = (userId: string, roles: unknown, by: Record<string, string> = headers) =>
  system.call("PUT", `/api/v2/admin/users/${userId}/roles`, { headers: by, json: { roles } });
const rolesOf = async (bearer: Record<string, string>): Promise<unknown> =>
  ((await system.call("GET", "/api/v2/auth/me", { headers: bearer })).body as SignedIn).user.roles;
const isAdmin = async (bearer: Record<string, string>): Promise<string> =>
  wordsOf(await system.call("GET", "/api/v2/admin/keys", { headers: bearer }));

describe("the role admin", () => {
  it("counts from the next sign-in on, and is shown", async () => {
    const email = `${randomUUID()}@example.com`;
    const before = await signInByCode(email);
    const { id } = before.user;

    expect(before.user).not.toHaveProperty("roles");
    expect((await setRoles(id, ["admin"])).body).toEqual({ userId: id, roles: ["admin"] });
    const after = await signInByCode(email);
    expect(after.user.roles).toEqual(["admin"]);
    expect(await rolesOf(bearerOf(after.tokens))).toEqual(["admin"]);
    expect(await isAdmin(bearerOf(after.tokens))).toBe("200");
    expect(await isAdmin(bearerOf(before.tokens))).toBe("403 admin_required");
  });

  it("counts from the next refresh on, given or taken away", async () => {
    const { user, tokens } = await signInByCode(`${randomUUID()}@example.com`);
    await setRoles(user.id, ["admin"]);
    const given = await refresh(system, tokens.refreshToken);

    expect((given.body as SignedIn).user.roles).toEqual(["admin"]);
    expect(await isAdmin(bearerOf(tokensOf(given)))).toBe("200");
    await setRoles(user.id, []);
    const taken = await refresh(system, tokensOf(given).refreshToken);
    expect((taken.body as SignedIn).user).not.toHaveProperty("roles");
    expect(await isAdmin(bearerOf(tokensOf(taken)))).toBe("403 admin_required");
  });

  it("lets a person give it to another, told under that person's id", async () => {
    const email = `${randomUUID()}@example.com`;
    const first = await signInByCode(email);
    await setRoles(first.user.id, ["admin"]);
    const admin = await signInByCode(email);
    const { user } = await signInByCode(`${randomUUID()}@example.com`);

    expect((await setRoles(user.id, ["admin"], bearerOf(admin.tokens))).status).toBe(200);
    const told = system.transport
      .published("events")
      .filter(({ attributes }) => attributes["type"] === "user.rolesChanged");
    expect(told.map(({ body }) => (JSON.parse(body) as { data: unknown }).data)).toEqual([
      { userId: first.user.id, roles: ["admin"], by: "key:deploy" },
      { userId: user.id, roles: ["admin"], by: `user:${first.user.id}` },
    ]);
  });

  it("is for accounts alone", async () => {
    const { userId } = await signIn(system);

    expect(wordsOf(await setRoles(userId, ["admin"]))).toBe("404 user_not_found");
    expect(wordsOf(await setRoles(randomUUID(), ["admin"]))).toBe("404 user_not_found");
    expect(wordsOf(await setRoles("nobody", ["admin"]))).toBe("404 user_not_found");
  });

  it("is the only one there is", async () => {
    const { user } = await signInByCode(`${randomUUID()}@example.com`);

    expect(wordsOf(await setRoles(user.id, ["root"]))).toBe("400 validation_failed");
    expect(wordsOf(await setRoles(user.id, "admin"))).toBe("400 validation_failed");
  });
});

describe("an operation that an operator looks at", () => {
  it("says how it ended, and nothing that is sealed", async () => {
    const { headers: answered, body } = await system.call("POST", "/api/v2/auth/anonymous");
    const operationId = answered["x-operation-id"];
    const shown = await system.call("GET", `/api/v2/admin/operations/${operationId}`, { headers });

    expect(shown).toMatchObject({
      status: 200,
      body: {
        operationId,
        status: "succeeded",
        flow: "createAnonymousSession/1",
        result: { user: { id: (body as SignedIn).user.id }, tokens: "[sealed]" },
      },
    });
    expect(shown.text).not.toMatch(/ey[JI]/);
  });

  it("says what was wrong", async () => {
    const refused = await setRoles(randomUUID(), ["admin"]);
    const operationId = refused.headers["x-operation-id"];
    const { body } = await system.call("GET", `/api/v2/admin/operations/${operationId}`, { headers });

    expect(body).toMatchObject({
      operationId,
      status: "failed",
      problem: { code: (refused.body as { code: string }).code },
    });
  });

  it("is none while it has not ended, or never was", async () => {
    for (const id of [`op_${"0".repeat(32)}${"A".repeat(22)}`, "x"]) {
      expect(wordsOf(await system.call("GET", `/api/v2/admin/operations/${id}`, { headers }))).toBe(
        "404 operation_not_found",
      );
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { passwordItem, secondFactorItem } from "@lanyard/contracts";
import { typedItems } from "@lanyard/storage";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  addSession,
  bearerOf,
  changeSession,
  changeUser,
  refresh,
  signIn,
  tokensOf,
  type Visitor,
  wordsOf,
} from "../support/visitor.ts";

let system: InProcessSystem;
beforeAll(async () => {
  system = await inProcessSystem();
});
afterAll(() => system.stop());

const now = (): string => new Date(system.clock.now()).toISOString();
const read = (path: string, headers: Record<string, string>) => system.call("GET", path, { headers });
const me = (headers: Record<string, string>) => read("/api/v2/auth/me", headers);
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const email = "ada@example.com";

/** Somebody who signed in by a code: the items as that leaves them, and tokens made of them. */
async function account(): Promise<Visitor> {
  const visitor = await signIn(system);
  await changeUser(system, visitor.userId, { userKind: "account", email });
  await changeSession(system, visitor, { userKind: "account", method: "email_otp", amr: ["otp"] });
  const tokens = tokensOf(await refresh(system, visitor.refreshToken));
  return { ...visitor, ...tokens, bearer: bearerOf(tokens) };
}

describe("whoever asks who they are", () => {
  it("is told so as a visitor, who has no address", async () => {
    const visitor = await signIn(system);
    const answer = await me(visitor.bearer);

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ user: { id: visitor.userId, kind: "anonymous", roles: [] }, createdAt: now() });
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it("is told so as an account, with its address", async () => {
    const { userId, bearer } = await account();

    expect((await me(bearer)).body).toEqual({
      user: { id: userId, kind: "account", email, roles: [] },
      createdAt: now(),
      lastSignIn: { at: now(), method: "email_otp" },
      security: { password: false, secondFactor: false, backupCodesLeft: 0 },
    });
  });

  it("is told when it signed in last, whichever of its sessions asks, and however that one ended", async () => {
    const first = await account();
    const at = new Date(system.clock.now() + 60_000).toISOString();
    const other = "7d3a1c5e-5b1f-4a6c-9d2e-3f4a5b6c7d8e";
    await addSession(system, first, { sessionId: other, openedAt: at, method: "magic_link" });
    expect((await me(first.bearer)).body).toMatchObject({ lastSignIn: { at, method: "magic_link" } });

    await changeSession(system, { ...first, sessionId: other }, { revoked: { at, reason: "logout", operationId } });
    expect((await me(first.bearer)).body).toMatchObject({ lastSignIn: { at, method: "magic_link" } });
  });

  it("is told what it is proven by: a password that opens nothing is none", async () => {
    const { userId, bearer } = await account();
    const table = system.table("identity");
    const passwords = typedItems(table, passwordItem);
    const at = now();
    const password = { userId, hash: "h", setBy: operationId, setAt: at, receivedAt: at, isShort: false, changes: [] };
    const { stored } = await passwords.putIfAbsent(password, [userId], { writtenBy: "test" });
    const security = async () => ((await me(bearer)).body as { security: object }).security;
    expect(await security()).toEqual({ password: true, secondFactor: false, backupCodesLeft: 0 });

    if (stored === undefined) throw new Error("there is no password");
    const suspended = { at, operationId };
    await passwords.replace(stored, { ...password, suspended }, { writtenBy: "test again" });
    expect(await security()).toEqual({ password: false, secondFactor: false, backupCodesLeft: 0 });

    const factors = typedItems(table, secondFactorItem);
    const codes = [{ hash: "a" }, { hash: "b", spentBy: operationId, spentAt: at }, { hash: "c" }];
    const failures = { count: 0, counted: [] };
    const off = { userId, backupCodes: codes, accepted: [], failures, changes: [] };
    const put = await factors.putIfAbsent(off, [userId], { writtenBy: "test" });
    expect(await security()).toMatchObject({ secondFactor: false, backupCodesLeft: 0 });

    if (put.stored === undefined) throw new Error("there is no second factor");
    const totp = { sealedSecret: "s", enabledAt: at, enabledBy: operationId, lastStep: 0 };
    await factors.replace(put.stored, { ...off, totp }, { writtenBy: "test again" });
    expect(await security()).toEqual({ password: false, secondFactor: true, backupCodesLeft: 2 });
  });

  it("is told what stands in the table now", async () => {
    const { userId, bearer } = await account();
    await changeUser(system, userId, { email: "lovelace@example.com" });

    expect((await me(bearer)).body).toMatchObject({ user: { email: "lovelace@example.com" } });
    expect((await read("/api/v2/auth/session", bearer)).body).toMatchObject({
      user: { email: "lovelace@example.com" },
    });
  });

  it.each([
    ["nothing", () => ({}), "401 unauthenticated"],
    ["an id", ({ userId }: Visitor) => ({ "x-user-id": userId }), "401 unauthenticated"],
    ["no token", () => ({ authorization: "Bearer x" }), "401 token_invalid"],
  ])("has to show an access token: %s", async (_, headers, said) => {
    expect(wordsOf(await me(headers(await signIn(system))))).toBe(said);
  });

  it.each([
    ["has expired", () => ({ expiresAt: now() }), "401 token_expired"],
    [
      "was ended",
      () => ({ revoked: { at: now(), reason: "operator" as const, operationId } }),
      "403 session_revoked operator",
    ],
  ])("is refused when the session %s, as for the session itself", async (_, change, refused) => {
    const visitor = await account();
    await changeSession(system, visitor, change());

    expect(wordsOf(await me(visitor.bearer))).toBe(refused);
    expect(wordsOf(await read("/api/v2/auth/session", visitor.bearer))).toBe(refused);
  });

  it("is nobody when there is no such user", async () => {
    const visitor = await signIn(system);
    const [item] = (await system.table("identity").list(`user#${visitor.userId}`)).items;
    if (item !== undefined) await system.table("identity").remove(item);

    expect(wordsOf(await me(visitor.bearer))).toBe("401 unauthenticated");
  });

  it("is told to come back when a table is down", async () => {
    const visitor = await signIn(system);
    system.tablesDown.add("identity");
    const answer = await me(visitor.bearer);
    system.tablesDown.clear();

    expect(wordsOf(answer)).toBe("503 service_unavailable");
  });
});

describe("the session of an account", () => {
  it("is told with its address, and a visitor's without", async () => {
    const [visitor, { userId, bearer }] = [await signIn(system), await account()];

    expect((await read("/api/v2/auth/session", bearer)).body).toMatchObject({
      user: { id: userId, kind: "account", email },
    });
    expect((await read("/api/v2/auth/session", visitor.bearer)).text).not.toContain("email");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { addSession, changeSession, changeUser, signIn, type Visitor } from "../support/visitor.ts";

const path = "/api/v2/auth/session";
const stranger = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";

let system: InProcessSystem;
let visitor: Visitor;
beforeAll(async () => {
  system = await inProcessSystem();
  visitor = await signIn(system);
});
afterAll(() => system.stop());

/** Status, code, reason and challenge in one line. */
async function refusal(
  headers: Record<string, string>,
  asked: Pick<InProcessSystem, "call"> = system,
): Promise<string> {
  const answer = await asked.call("GET", path, { headers });
  const { code, reason } = answer.body as { code?: string; reason?: string };
  if ((answer.status === 401) !== "www-authenticate" in answer.headers) throw new Error("a challenge belongs to 401");
  return [answer.status, code, reason].filter((part) => part !== undefined).join(" ");
}
const asVisitor = (userId: string): Record<string, string> => ({ "x-user-id": userId });
const inDays = (days: number): string => new Date(system.clock.now() + days * 24 * 3600_000).toISOString();
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const revokedBy = (reason: "operator" | "logout" | "merged") => ({
  revoked: { at: inDays(0), reason, operationId },
});

describe("the session of whoever shows", () => {
  it("an access token is the one the token names", async () => {
    const answer = await system.call("GET", path, { headers: visitor.bearer });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      user: { id: visitor.userId, kind: "anonymous" },
      session: { id: visitor.sessionId, createdAt: inDays(0), expiresAt: inDays(30) },
    });
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it.each([
    ["its id", (id: string) => id],
    ["its id in capitals", (id: string) => id.toUpperCase()],
  ])("%s is that visitor's", async (_, spelt) => {
    const answer = await system.call("GET", path, { headers: asVisitor(spelt(visitor.userId)) });

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ user: { id: visitor.userId }, session: { id: visitor.sessionId } });
  });

  it("both is the one the token names", async () => {
    await addSession(system, visitor, { sessionId: stranger, openedAt: inDays(1), expiresAt: inDays(40) });
    const both = { ...visitor.bearer, ...asVisitor(visitor.userId.toUpperCase()) };

    expect((await system.call("GET", path, { headers: both })).body).toMatchObject({
      session: { id: visitor.sessionId },
    });
    await changeSession(system, { ...visitor, sessionId: stranger }, { expiresAt: inDays(-1) });
  });

  it.each([
    ["the scheme in small letters", "bearer "],
    ["the scheme in capitals", "BEARER "],
    ["more than one space", "Bearer   "],
  ])("a token behind %s is found", async (_, scheme) => {
    expect(await refusal({ authorization: scheme + visitor.accessToken })).toBe("200");
  });
});

describe("nobody", () => {
  it("is signed in without credentials, and is told how to be", async () => {
    const answer = await system.call("GET", path);

    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: "unauthenticated" });
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="lanyard"');
  });

  it.each([
    ["another scheme", { authorization: "Basic dXNlcjpwYXNz" }, "401 unauthenticated"],
    ["an empty header", { authorization: "" }, "401 unauthenticated"],
    ["a scheme that only begins alike", { authorization: "BearerX abc" }, "401 unauthenticated"],
    ["a scheme without a token", { authorization: "Bearer" }, "401 token_invalid"],
    ["two tokens", { authorization: "Bearer abc def" }, "401 token_invalid"],
    ["a token that is none", { authorization: "Bearer abc" }, "401 token_invalid"],
    ["an unknown id", asVisitor(stranger), "401 unauthenticated"],
    ["an id that is none", asVisitor("no-uuid"), "401 unauthenticated"],
    ["an empty id", asVisitor(""), "401 unauthenticated"],
    ["two ids", asVisitor(`${stranger}, ${stranger}`), "401 unauthenticated"],
    ["an id with a wildcard", asVisitor("user#"), "401 unauthenticated"],
  ])("is signed in by %s", async (_, headers, refused) => {
    expect(await refusal(headers)).toBe(refused);
  });

  it("acts as a visitor while showing a token that is not good", async () => {
    expect(await refusal({ authorization: "Bearer abc", ...asVisitor(visitor.userId) })).toBe("401 token_invalid");
    const spoilt = `${visitor.bearer.authorization.slice(0, -2)}xx`;
    expect(await refusal({ authorization: spoilt, ...asVisitor(visitor.userId) })).toBe("401 token_invalid");
  });

  it("is two users at once", async () => {
    const other = await signIn(system);

    expect(await refusal({ ...visitor.bearer, ...asVisitor(other.userId) })).toBe("400 conflicting_credentials");
    expect(await refusal({ ...visitor.bearer, ...asVisitor(stranger) })).toBe("400 conflicting_credentials");
    expect(await refusal({ ...visitor.bearer, ...asVisitor("no-uuid") })).toBe("401 unauthenticated");
  });
});

describe("a visitor known by its id", () => {
  const fresh = (): Promise<Visitor> => signIn(system);

  it("acts as the newest of its live sessions", async () => {
    const { userId, sessionId } = await fresh();
    const id = (last: number): string => `1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8${last}`;
    const add = (last: number, opened: number, change: Parameters<typeof addSession>[2] | object = {}) =>
      addSession(system, { userId, sessionId }, { sessionId: id(last), openedAt: inDays(opened), ...change });
    await add(1, 1);
    await add(2, 3);
    await add(3, 2);
    await add(4, 4, { expiresAt: inDays(-1) });
    await add(5, 5, revokedBy("logout"));

    const { body } = await system.call("GET", path, { headers: asVisitor(userId) });
    expect(body).toMatchObject({ session: { id: id(2) } });
  });

  it("is found among more sessions than one page of the table", async () => {
    const { userId, sessionId } = await fresh();
    const id = (count: number): string => `1c7a7b4f-8b1f-8a6c-8d2e-${String(count).padStart(12, "0")}`;
    for (let count = 0; count < 250; count += 1) {
      const ended = count === 222 ? {} : revokedBy("logout");
      await addSession(system, { userId, sessionId }, { sessionId: id(count), openedAt: inDays(count + 1), ...ended });
    }

    const { body } = await system.call("GET", path, { headers: asVisitor(userId) });
    expect(body).toMatchObject({ session: { id: id(222) } });
  });

  it.each([
    ["has expired", () => ({ expiresAt: inDays(0) }), "401 unauthenticated"],
    ["was ended by itself", () => revokedBy("logout"), "401 unauthenticated"],
    ["was ended by a revocation", () => revokedBy("operator"), "403 session_revoked operator"],
    ["was ended by a merge", () => revokedBy("merged"), "403 user_merged"],
  ])("is refused when its only session %s", async (_, change, refused) => {
    const one = await fresh();
    await changeSession(system, one, change());

    expect(await refusal(asVisitor(one.userId))).toBe(refused);
  });

  it("is refused once it was merged, also with a session that still lives", async () => {
    const { userId } = await fresh();
    await changeUser(system, userId, { mergedTo: stranger, mergedAt: inDays(0) });

    expect(await refusal(asVisitor(userId))).toBe("403 user_merged");
  });

  it("is none when the id is an account's", async () => {
    const { userId } = await fresh();
    await changeUser(system, userId, { userKind: "account" });

    expect(await refusal(asVisitor(userId))).toBe("401 unauthenticated");
  });

  it("is nobody where such ids do not count", async () => {
    const strict = await inProcessSystem({ settings: { visitorIds: false } });
    const one = await signIn(strict);
    const answers = [
      await refusal(asVisitor(one.userId), strict),
      await refusal(asVisitor("no-uuid"), strict),
      await refusal({ ...one.bearer, ...asVisitor(stranger) }, strict),
    ];
    await strict.stop();

    expect(answers).toEqual(["401 unauthenticated", "401 unauthenticated", "200"]);
  });
});

describe("an access token whose session", () => {
  it.each([
    ["has expired", () => ({ expiresAt: inDays(0) }), "401 token_expired"],
    ["was ended by its user", () => revokedBy("logout"), "403 session_revoked logout"],
    ["was ended by an operator", () => revokedBy("operator"), "403 session_revoked operator"],
    [
      "was ended, and has expired since",
      () => ({ ...revokedBy("operator"), expiresAt: inDays(-1) }),
      "403 session_revoked operator",
    ],
  ])("%s is refused", async (_, change, refused) => {
    const one = await signIn(system);
    expect(await refusal(one.bearer)).toBe("200");
    await changeSession(system, one, change());

    expect(await refusal(one.bearer)).toBe(refused);
  });

  it("is gone is refused", async () => {
    const one = await signIn(system);
    await changeSession(system, one, { expiresAt: inDays(-3) });
    const [stored] = (await system.table("session").list(`user#${one.userId}`)).items;
    if (stored !== undefined) await system.table("session").remove(stored);

    expect(await refusal(one.bearer)).toBe("401 unauthenticated");
  });
});

describe("an access token", () => {
  it("is called expired once its ten minutes are over, and not before", async () => {
    const later = await inProcessSystem();
    const one = await signIn(later);
    await later.clock.advance(600_000 - 1);
    const before = await refusal(one.bearer, later);
    await later.clock.advance(6000);
    const after = await later.call("GET", path, { headers: one.bearer });
    await later.stop();

    expect(before).toBe("200");
    expect(after.body).toMatchObject({ status: 401, code: "token_expired" });
    expect(after.headers["www-authenticate"]).toBe(
      'Bearer realm="lanyard", error="invalid_token", error_description="token_expired"',
    );
  });

  it("is verified once and remembered", async () => {
    const one = await signIn(system);
    await refusal(one.bearer);
    const { hits, misses } = system.gateway.counts().tokenCache;
    await refusal(one.bearer);

    expect(system.gateway.counts().tokenCache).toMatchObject({ hits: hits + 1, misses });
    const { text } = await system.call("GET", "/metrics");
    expect(text).toContain(`lanyard_access_token_cache_total{result="hit"} ${hits + 1}`);
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { httpSchemas } from "@lanyard/contracts";
import { signInByMail } from "../support/account.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { addSession, changeSession, refresh, seenBy, signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const path = "/api/v2/auth/sessions";
const all = "/api/v2/auth/me/tokens";
const ada = "ada@example.com";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const iPhone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const fromGermany = { "x-forwarded-for": "198.51.100.1", "user-agent": firefox };
const fromFrance = { "x-forwarded-for": "198.51.100.2", "user-agent": iPhone };
const gone = "403 session_revoked revoked_by_user";

let system: InProcessSystem;
const begin = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem({ ...options, settings: { trustedProxies: ["127.0.0.1/32"], ...options.settings } });
};
afterEach(() => system.stop());

type Caller = Pick<Visitor, "bearer">;
const list = async ({ bearer }: Caller) => {
  const { status, body } = await system.call("GET", path, { headers: bearer });
  expect(status).toBe(200);
  return httpSchemas.listedSessions.parse(body).sessions;
};
const idsIn = async (caller: Caller): Promise<readonly string[]> => (await list(caller)).map(({ id }) => id);
const end = (target: string, { bearer }: Caller, headers: Record<string, string> = {}) =>
  system.call("DELETE", target, { headers: { ...bearer, ...headers } });
const gatewayAt = (index: number): InProcessSystem["gateways"][number] => {
  const gateway = system.gateways[index];
  if (gateway === undefined) throw new RangeError(`there is no gateway ${index}`);
  return gateway;
};
/** Whether anything lets this session in. */
const ways = async ({ bearer, refreshToken }: Visitor) => [
  await seenBy(system, bearer),
  wordsOf(await refresh(system, refreshToken)),
];
/** More sessions of a user than one step ends, as if they had been opened one by one. */
async function addMany(user: Visitor, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const sessionId of ids) await addSession(system, user, { sessionId });
  return ids;
}

describe("the list of a user's sessions", () => {
  it("says of each when and how it was opened, from where and with what, and which is calling", async () => {
    await begin();
    const laptop = await signInByMail(system, ada, fromGermany);
    await system.clock.advance(60_000);
    const phone = await signInByMail(system, ada, fromFrance);
    const [first, second] = await list(laptop);

    expect(first).toEqual({
      id: phone.sessionId,
      current: false,
      createdAt: expect.any(String),
      lastSeenAt: first?.createdAt,
      expiresAt: expect.any(String),
      method: "magic_link",
      ip: "198.51.100.2",
      country: "FR",
      os: "iOS",
      browser: "Safari",
      device: "mobile",
      risk: { reasons: ["new_device", "new_country"] },
    });
    expect(second).not.toHaveProperty("risk");
    expect(second).toMatchObject({
      id: laptop.sessionId,
      current: true,
      ip: "198.51.100.1",
      country: "DE",
      os: "Linux",
      browser: "Firefox",
      device: "desktop",
    });
    expect((await list(phone)).map(({ current }) => current)).toEqual([true, false]);
  });

  it("has nothing to say of a client that said nothing, from an address of no country", async () => {
    await begin();
    const [session] = await list(await signIn(system));

    expect(session).toMatchObject({ current: true, method: "anonymous", ip: "127.0.0.1" });
    for (const unknown of ["country", "os", "browser", "device"]) expect(session).not.toHaveProperty(unknown);
  });

  it("shows the one that was used last first", async () => {
    await begin();
    const [one, two, three] = [await signIn(system), randomUUID(), randomUUID()];
    await addSession(system, one, { sessionId: two, lastSeenAt: "2027-01-01T00:00:00.000Z" });
    await addSession(system, one, { sessionId: three, lastSeenAt: "2027-01-02T00:00:00.000Z" });

    expect(await idsIn(one)).toEqual([three, two, one.sessionId]);
  });

  it("has neither what has ended nor what has expired, nor anybody else's", async () => {
    await begin();
    const [own, other] = [await signIn(system), await signIn(system)];
    const at = new Date(system.clock.now()).toISOString();
    const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
    await addSession(system, own, { sessionId: randomUUID(), revoked: { at, reason: "logout", operationId } });
    await addSession(system, own, { sessionId: randomUUID(), expiresAt: at });

    expect(await idsIn(own)).toEqual([own.sessionId]);
    expect(await idsIn(other)).toEqual([other.sessionId]);
  });

  it("holds sessions that are older than what is kept of their clients", async () => {
    await begin();
    const visitor = await signIn(system);
    await changeSession(system, visitor, { client: undefined } as never);

    expect(await list(visitor)).toMatchObject([{ id: visitor.sessionId, ip: "unknown" }]);
  });

  it("is refused to a session that has ended, also before its gateway knows", async () => {
    await begin({ gateways: 2, events: false });
    const visitor = await signIn(system);
    await gatewayAt(1).call("DELETE", `${path}/${visitor.sessionId}`, { headers: visitor.bearer });

    expect(wordsOf(await system.call("GET", path, { headers: visitor.bearer }))).toBe(gone);
  });
});

describe("a session that its user ends", () => {
  it("lets nobody in any more, at once, and the others live on", async () => {
    await begin({ events: false });
    const [laptop, phone] = [await signInByMail(system, ada), await signInByMail(system, ada)];
    const answer = await end(`${path}/${phone.sessionId}`, laptop);

    expect([answer.status, answer.text]).toEqual([204, ""]);
    // Answered from the view: the session's table need not be asked.
    system.gateways[0]?.tablesDown.add("session");
    expect(await seenBy(system, phone.bearer)).toBe(gone);
    system.gateways[0]?.tablesDown.clear();
    expect(await ways(phone)).toEqual([gone, "401 refresh_token_invalid"]);
    expect(await idsIn(laptop)).toEqual([laptop.sessionId]);
  });

  it("is known to other gateways by the event, and without it within a second", async () => {
    for (const events of [true, false]) {
      await begin({ gateways: 2, events });
      const [laptop, phone] = [await signInByMail(system, ada), await signInByMail(system, ada)];
      await end(`${path}/${phone.sessionId}`, laptop);
      await (events ? system.clock.settle() : system.clock.advance(1000));
      gatewayAt(1).tablesDown.add("session");

      expect(await seenBy(gatewayAt(1), phone.bearer)).toBe(gone);
      if (events) await system.stop();
    }
  });

  it("may be the one that calls", async () => {
    await begin();
    const visitor = await signIn(system);

    expect((await end(`${path}/${visitor.sessionId}`, visitor)).status).toBe(204);
    expect(await ways(visitor)).toEqual([gone, "401 refresh_token_invalid"]);
  });

  it("is ended once: a retry with its key is answered alike, another request is told that there is none", async () => {
    await begin();
    const [laptop, phone] = [await signInByMail(system, ada), await signInByMail(system, ada)];
    const key = { "idempotency-key": randomUUID() };
    const first = await end(`${path}/${phone.sessionId}`, laptop, key);
    const again = await end(`${path}/${phone.sessionId}`, laptop, key);

    expect([first.status, again.status]).toEqual([204, 204]);
    expect(again.headers["x-operation-id"]).toBe(first.headers["x-operation-id"]);
    expect(wordsOf(await end(`${path}/${phone.sessionId}`, laptop))).toBe("404 session_not_found");
    expect(wordsOf(await end(`${path}/${laptop.sessionId}`, laptop, key))).toBe("422 idempotency_key_reused");
  });

  it.each([
    ["that never was", () => randomUUID()],
    ["of another user", (_: Visitor, other: Visitor) => other.sessionId],
    ["that is no id", () => "me"],
    ["that is longer than any id", () => "a".repeat(3000)],
    ["that names another item", () => "..%2f..%2fuser"],
    ["with a key's separator", ({ sessionId }: Visitor) => `${sessionId}%23`],
    ["in capitals", ({ sessionId }: Visitor) => sessionId.toUpperCase()],
  ])("is not there to be ended: one %s", async (_, idOf) => {
    await begin();
    const [own, other] = [await signIn(system), await signIn(system)];
    const answer = await end(`${path}/${idOf(own, other)}`, own);

    expect(wordsOf(answer)).toBe("404 session_not_found");
    expect(answer.text).not.toContain(other.sessionId);
    expect(await seenBy(system, own.bearer)).toBe("200");
    expect(await seenBy(system, other.bearer)).toBe("200");
  });

  it("is not there once it has expired", async () => {
    await begin();
    const [visitor, sessionId] = [await signIn(system), randomUUID()];
    await addSession(system, visitor, { sessionId, expiresAt: new Date(system.clock.now()).toISOString() });

    expect(wordsOf(await end(`${path}/${sessionId}`, visitor))).toBe("404 session_not_found");
  });
});

describe("all sessions but the calling one", () => {
  it("end at once, however many, and the calling one lives on", async () => {
    await begin({ events: false });
    const [laptop, phone] = [await signInByMail(system, ada), await signInByMail(system, ada)];
    await addMany(laptop, 25);
    const answer = await end(`${path}?except=current`, laptop);

    expect([answer.status, answer.text]).toEqual([204, ""]);
    gatewayAt(0).tablesDown.add("session");
    expect(await seenBy(system, phone.bearer)).toBe(gone);
    gatewayAt(0).tablesDown.clear();
    expect(await idsIn(laptop)).toEqual([laptop.sessionId]);
    expect(await ways(phone)).toEqual([gone, "401 refresh_token_invalid"]);
    expect(await ways(laptop)).toEqual(["200", "200"]);
  });

  it("are each an event, once", async () => {
    await begin();
    const visitor = await signIn(system);
    const others = await addMany(visitor, 25);
    await end(`${path}?except=current`, visitor);
    const revoked = system.transport
      .published("events")
      .filter(({ attributes }) => attributes["type"] === "session.revoked")
      .map(({ body }) => (JSON.parse(body) as { data: { sessionId: string; reason: string } }).data);

    expect(revoked.map(({ sessionId }) => sessionId).sort()).toEqual([...others].sort());
    expect(new Set(revoked.map(({ reason }) => reason))).toEqual(new Set(["revoked_by_user"]));
  });

  it.each(["?except=", "?except=other", "?except=CURRENT", "?except=current&except=current", "?exept=current", "?all"])(
    "are not ended by a slip: %s",
    async (query) => {
      await begin();
      const [own, sessionId] = [await signIn(system), randomUUID()];
      await addSession(system, own, { sessionId });

      expect(wordsOf(await end(`${path}${query}`, own))).toBe("400 validation_failed");
      expect(await idsIn(own)).toHaveLength(2);
    },
  );
});

describe.each([path, all])("every session of the caller: DELETE %s", (target) => {
  it("ends, the calling one too, and nobody else's", async () => {
    await begin({ gateways: 2 });
    const [laptop, phone, other] = [
      await signInByMail(system, ada),
      await signInByMail(system, ada),
      await signInByMail(system, "grace@example.com"),
    ];
    const answer = await end(target, laptop);

    expect([answer.status, answer.text]).toEqual([204, ""]);
    for (const each of [laptop, phone]) expect(await ways(each)).toEqual([gone, "401 refresh_token_invalid"]);
    await system.clock.settle();
    expect(await seenBy(gatewayAt(1), phone.bearer)).toBe(gone);
    expect(await ways(other)).toEqual(["200", "200"]);
    expect(wordsOf(await end(target, laptop))).toBe(gone);
  });

  it("ends also when nobody waits for it", async () => {
    await begin();
    const visitor = await signIn(system);

    expect((await end(target, visitor, { prefer: "respond-async" })).status).toBe(202);
    await system.clock.advance(1000);
    expect(await ways(visitor)).toEqual([gone, "401 refresh_token_invalid"]);
  });

  it("does not keep its user from signing in anew", async () => {
    await begin();
    const before = await signInByMail(system, ada);
    await end(target, before);
    const after = await signInByMail(system, ada);

    expect(after.userId).toBe(before.userId);
    expect(await idsIn(after)).toEqual([after.sessionId]);
  });
});

describe("a message of it that comes again later", () => {
  it("ends nothing that was opened since", async () => {
    await begin();
    const sent: { queue: string; message: Parameters<typeof system.transport.send>[1] }[] = [];
    const before = await signInByMail(system, ada);
    system.faults.loses = (queue, message) => {
      if (message.attributes["type"] === "session.revokeAll") sent.push({ queue, message });
      return false;
    };
    await end(all, before);
    const after = await signInByMail(system, ada);
    await system.clock.advance(20_000);
    expect(sent).toHaveLength(1);
    system.faults.loses = () => false;
    for (const { queue, message } of sent) await system.transport.send(queue, message);
    await system.clock.advance(1000);

    const [session] = system
      .table("session")
      .dump()
      .filter(({ value }) => value["sessionId"] === after.sessionId && "generation" in value);
    expect(session?.value).not.toHaveProperty("revoked");
    expect(wordsOf(await refresh(system, after.refreshToken))).toBe("200");
  });
});

describe("what a user may do with sessions", () => {
  const routes = [
    ["GET", path],
    ["DELETE", path],
    ["DELETE", `${path}?except=current`],
    ["DELETE", all],
    ["DELETE", `${path}/1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e`],
  ] as const;

  it.each(routes)("takes an access token: %s %s", async (method, target) => {
    await begin();
    const visitor = await signIn(system);
    const said = async (headers: Record<string, string>) => wordsOf(await system.call(method, target, { headers }));

    expect(await said({})).toBe("401 unauthenticated");
    expect(await said({ "x-user-id": visitor.userId })).toBe("401 unauthenticated");
    expect(await said({ authorization: "Bearer x" })).toBe("401 token_invalid");
    expect(await seenBy(system, visitor.bearer)).toBe("200");
  });

  it.each(routes)("is not done while what it needs is down: %s %s", async (method, target) => {
    await begin();
    const visitor = await signIn(system);
    if (method === "GET") gatewayAt(0).tablesDown.add("session");
    else system.faults.queuesDown.add("session");
    const answer = await system.call(method, target, { headers: visitor.bearer });

    expect(wordsOf(answer)).toBe("503 service_unavailable");
    expect(answer.headers["retry-after"]).toBeDefined();
  });
});

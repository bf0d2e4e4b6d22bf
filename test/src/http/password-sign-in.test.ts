import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { passwordFailuresItem } from "@lanyard/contracts";
import { defaultLimits } from "@lanyard/gateway-service";
import { passwordHashing } from "@lanyard/passwords";
import { typedItems } from "@lanyard/storage";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { visitorWith } from "../support/merging.ts";
import {
  GOOD_PASSWORD,
  login,
  OTHER_PASSWORD,
  registered,
  reset,
  resetLink,
  signedInBy,
} from "../support/passwords.ts";
import { settled } from "../support/settled.ts";
import { sseEvents } from "../support/sse-events.ts";
import { seenBy, type Visitor, wordsOf } from "../support/visitor.ts";

const ADA = "ada@example.com";
const NOBODY = "nobody@example.com";
const HOUR = 3600_000;

let system: InProcessSystem;
let ada: Visitor;
const start = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem(options);
  ada = await registered(system, ADA);
};
afterEach(() => system.stop());

const tally = (answers: readonly HttpAnswer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[wordsOf(answer)] = (counts[wordsOf(answer)] ?? 0) + 1;
  return counts;
};
const wrong = (count: number, email = ADA): Promise<HttpAnswer[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => login(system, email, `wrong ${index}`)));
/** As if so many wrong ones had been tried by now. */
async function failed(count: number): Promise<void> {
  const items = typedItems(system.table("identity"), passwordFailuresItem);
  const stored = system
    .table("identity")
    .dump()
    .find(({ key }) => key.sk === "password-failures#any");
  if (stored === undefined) throw new Error("nothing has failed");
  const current = items.parse(stored);
  await items.replace(current, { ...current.value, count }, { writtenBy: "test" });
}
/** All that an answer says besides what names this one request. */
const told = ({ status, headers, body }: HttpAnswer) => {
  const { date: _date, "x-request-id": _request, "x-operation-id": _operation, ...rest } = headers;
  return { status, rest, body: { ...(body as object), instance: "" } };
};

describe("a sign-in by password", () => {
  beforeEach(() => start());

  it("opens a session of its account, by its method", async () => {
    const { userId, sessionId, bearer } = signedInBy(await login(system, ADA, GOOD_PASSWORD));
    expect(userId).toBe(ada.userId);
    const { body } = await system.call("GET", "/api/v2/auth/sessions", { headers: bearer });
    const { sessions } = body as { sessions: { id: string; method: string }[] };
    expect(sessions.find(({ id }) => id === sessionId)).toMatchObject({ method: "password" });
  });

  it("ends in the tokens as a stream too, and in a problem when it is wrong", async () => {
    const headers = { accept: "text/event-stream" };
    const right = sseEvents((await login(system, ADA, GOOD_PASSWORD, headers)).text);
    expect(right.at(-1)).toMatchObject({ event: "token-delivery", data: { user: { email: ADA } } });
    const refused = sseEvents((await login(system, ADA, "wrong", headers)).text);
    expect(refused.at(-1)).toMatchObject({ event: "problem", data: { problem: { code: "credentials_invalid" } } });
  });

  it("continues a visitor, if that is shown", async () => {
    const visitor = await visitorWith(system, "Network");
    const json = { email: ADA, password: GOOD_PASSWORD, anonymous: { accessToken: visitor.accessToken } };
    const answer = await system.call("POST", "/api/v2/auth/password/login", { json });
    await settled(system);
    expect(answer).toMatchObject({ status: 200, body: { merge: { operationId: expect.stringMatching(/^op_/) } } });
    expect(await seenBy(system, visitor.bearer)).toBe("403 session_revoked merged");
  });

  it("is told as an event when it was wrong, to the account alone", async () => {
    await login(system, ADA, "wrong");
    await login(system, NOBODY, "wrong");
    await settled(system);
    const recorded = system
      .table("audit")
      .dump()
      .map(({ value }) => value);
    const events = recorded.filter(({ type }) => type === "user.passwordFailed");
    expect(events).toHaveLength(2);
    expect(events).toMatchObject(Array(2).fill({ outcome: "failed", data: { failures: 1 } }));
    expect(events.map(({ data }) => (data as { userId?: string }).userId).toSorted()).toEqual([ada.userId, undefined]);
    expect(JSON.stringify(recorded)).not.toContain(NOBODY);
  });
});

describe("whether an address has an account", () => {
  it("is told by no answer to a wrong password, the first nor the last", async () => {
    await start({ settings: { trustedProxies: ["127.0.0.1"] } });
    const from = (ip: string, email: string) => login(system, email, "wrong", { "x-forwarded-for": ip });
    for (let tries = 0; tries < 7; tries += 1) {
      const [known, unknown] = [await from("203.0.113.1", ADA), await from("203.0.113.2", NOBODY)];
      expect(told(known)).toEqual(told(unknown));
      expect(wordsOf(known)).toBe(tries < 5 ? "401 credentials_invalid" : "429 password_attempts_exceeded");
    }
  });

  it("is told by no work that is done either", async () => {
    let hashed = 0;
    await start({
      hashing: (derivation) =>
        passwordHashing({
          derivation,
          argon2id: async ({ tagLength, memory, passes }) => {
            hashed += memory * passes;
            return Buffer.alloc(tagLength, 1);
          },
        }),
    });
    const workOf = async (email: string, password: string): Promise<number> => {
      const before = hashed;
      await login(system, email, password);
      return hashed - before;
    };
    const cost = 19_456 * 2;
    expect(await workOf(ADA, "wrong")).toBe(cost);
    expect(await workOf(NOBODY, "wrong")).toBe(cost);
    expect(await workOf("half@example.com", "half a character: \ud83d")).toBe(cost);
  });
});

describe("wrong passwords", () => {
  it("are five of fifty at once over two gateways; the others are told to wait, by a header too", async () => {
    await start({ gateways: 2 });
    const answers = await wrong(50);

    expect(tally(answers)).toEqual({ "401 credentials_invalid": 5, "429 password_attempts_exceeded": 45 });
    for (const { status, headers, body } of answers) {
      expect(headers["retry-after"]).toBe(status === 429 ? "1" : undefined);
      if (status === 429) expect(body).toMatchObject({ retryAfterSeconds: 1 });
    }
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("429 password_attempts_exceeded");
    await system.clock.advance(1000);
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("200");
    expect(tally(await wrong(6))).toEqual({ "401 credentials_invalid": 5, "429 password_attempts_exceeded": 1 });
  });

  it("are a hundred before nothing but a reset by mail helps, which begins anew", async () => {
    await start();
    await wrong(1);
    await failed(99);
    await login(system, ADA, "wrong");
    await system.clock.advance(HOUR);
    const locked = await login(system, ADA, GOOD_PASSWORD);
    expect(wordsOf(locked)).toBe("429 password_attempts_exceeded");
    expect(locked.headers).not.toHaveProperty("retry-after");
    expect(locked.body).not.toHaveProperty("retryAfterSeconds");

    expect((await reset(system, await resetLink(system, ADA), OTHER_PASSWORD)).status).toBe(204);
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("200");
  });

  it("are limited for each client and address besides, and counted for no known one when they are", async () => {
    await start({ settings: { limits: defaultLimits, trustedProxies: ["127.0.0.1"] } });
    const from = (ip: string, email: string) => login(system, email, "wrong", { "x-forwarded-for": ip });
    const answers: HttpAnswer[] = [];
    for (let tries = 0; tries < 21; tries += 1) answers.push(await from("203.0.113.1", NOBODY));
    expect(wordsOf(answers.at(-1) as HttpAnswer)).toBe("429 rate_limited");
    expect(wordsOf(await from("203.0.113.2", "else@example.com"))).toBe("401 credentials_invalid");
  });
});

describe("many wrong passwords by strangers", () => {
  it("keep the owner from no known device, where the device token shows it", async () => {
    await start();
    const other = await registered(system, "eve@example.com");
    expect(other.userId).not.toBe(ada.userId);
    const first = await login(system, ADA, GOOD_PASSWORD);
    const { deviceToken } = first.body as { deviceToken?: string };
    if (deviceToken === undefined) throw new Error("no device token was issued");
    await wrong(30);
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("429 password_attempts_exceeded");

    const onDevice = { "x-device-token": deviceToken };
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD, onDevice))).toBe("200");
    const eves = await login(system, "eve@example.com", GOOD_PASSWORD);
    const { deviceToken: evesToken = "" } = eves.body as { deviceToken?: string };
    const byEve = await login(system, ADA, GOOD_PASSWORD, { "x-device-token": evesToken });
    expect(wordsOf(byEve)).toBe("429 password_attempts_exceeded");
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { makeRefreshToken } from "@lanyard/session-manager";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { askWithKey, letterOf, operationOf, usersOf } from "../support/keyed-sign-in.ts";
import { collected, sseEvents } from "../support/sse-events.ts";
import { addSession, bearerOf, refresh, seenBy, signIn, tokensOf, wordsOf } from "../support/visitor.ts";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await inProcessSystem(options);
};
afterEach(() => system.stop());

const path = "/api/v2/auth/anonymous";
const ask = (
  key: string,
  { at = system, headers = {} }: { at?: Pick<InProcessSystem, "call">; headers?: Record<string, string> } = {},
) => askWithKey(at, key, headers);
const users = (): number => usersOf(system);
const SECOND = 1000;

describe("a hundred requests with one key", () => {
  it("make one visitor: each is told the same or that it is under way, and a later one the same to the letter", async () => {
    await begin({ gateways: 2 });
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => ask(key, { at: system.gateways[index % 2] ?? system })),
    );

    const told = answers.filter(({ status }) => status === 201);
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told.map((answer) => JSON.stringify(letterOf(answer)))).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(wordsOf(answer)).toBe("409 operation_in_progress");
      expect(answer.headers["retry-after"]).toBe("2");
    }
    expect(new Set(answers.map(operationOf)).size).toBe(1);
    expect(users()).toBe(1);
    const [first] = told;
    if (first === undefined) throw new Error("nobody was told");
    for (const at of system.gateways) expect(letterOf(await ask(key, { at }))).toEqual(letterOf(first));
    expect(users()).toBe(1);
  });
});

describe("a key", () => {
  it("is the same quoted and bare", async () => {
    await begin();
    const key = randomUUID();
    const first = await ask(`"${key}"`);

    expect(letterOf(await ask(key))).toEqual(letterOf(first));
    expect(letterOf(await ask(` "${key}" `))).toEqual(letterOf(first));
  });

  it.each([
    ["empty", ""],
    ["empty, quoted", '""'],
    ["with a space", "a b"],
    ["quoted at one end", `"${randomUUID()}`],
    ["with a quote inside", `${randomUUID()}"`],
    ["with parameters", `"${randomUUID()}";a=1`],
    ["given twice", `${randomUUID()}, ${randomUUID()}`],
    ["too long", "a".repeat(256)],
    ["not ASCII", "schlüssel"],
    ["no UUID, from nobody in particular", "order-1"],
    ["nearly a UUID", `${randomUUID()}0`],
  ])("is refused, and nothing is begun: %s", async (_, key) => {
    await begin();

    expect(wordsOf(await ask(key))).toBe("400 idempotency_key_invalid");
    expect(users()).toBe(0);
    expect(system.table("operations").dump()).toEqual([]);
  });

  it("may be any word of a caller who is signed in, up to 255 letters", async () => {
    await begin();
    for (const key of ["order-1", "x".repeat(255), '"~!#"']) {
      const { bearer } = await signIn(system);
      const answer = await system.call("POST", "/api/v2/auth/logout", {
        headers: { ...bearer, "idempotency-key": key },
      });
      expect(answer.status).toBe(204);
    }
  });

  it("of one caller is never another's", async () => {
    await begin();
    const visitors = [await signIn(system), await signIn(system)];
    const key = randomUUID();
    await ask(key);
    for (const { bearer } of visitors) {
      const answer = await system.call("POST", "/api/v2/auth/logout", {
        headers: { ...bearer, "idempotency-key": key },
      });
      expect(answer.status).toBe(204);
      expect(await seenBy(system, bearer)).toBe("403 session_revoked logout");
    }

    expect(users()).toBe(3);
  });

  it("is for one request: another body or another route is refused", async () => {
    await begin();
    const [one, other] = [await signIn(system), await signIn(system)];
    const key = { "idempotency-key": randomUUID() };
    const first = await refresh(system, one.refreshToken, key);

    expect(wordsOf(await refresh(system, other.refreshToken, key))).toBe("422 idempotency_key_reused");
    expect(wordsOf(await ask(key["idempotency-key"]))).toBe("422 idempotency_key_reused");
    expect(letterOf(await refresh(system, one.refreshToken, key))).toEqual(letterOf(first));
    expect(users()).toBe(2);
  });

  it("is for one address: with another query it is refused", async () => {
    await begin();
    const key = { "idempotency-key": randomUUID() };
    await system.call("POST", path, { headers: key });

    expect(wordsOf(await system.call("POST", `${path}?other`, { headers: key }))).toBe("422 idempotency_key_reused");
  });

  it("of one session does not answer for another of the same user", async () => {
    await begin();
    const one = await signIn(system);
    const other = { userId: one.userId, sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e" };
    await addSession(system, one, other);
    const token = makeRefreshToken(system.derivation, { ...other, generation: 1 });
    const bearer = bearerOf(tokensOf(await refresh(system, token)));
    const logOut = (shown: typeof bearer) =>
      system.call("POST", "/api/v2/auth/logout", { headers: { ...shown, "idempotency-key": "out" } });
    expect(wordsOf(await logOut(one.bearer))).toBe("204");

    expect(wordsOf(await logOut(bearer))).toBe("422 idempotency_key_reused");
    expect(await seenBy(system, bearer)).toBe("200");
  });

  it("stands in no table", async () => {
    await begin();
    const key = randomUUID();
    const { refreshToken } = await signIn(system);
    await refresh(system, refreshToken, { "idempotency-key": key });

    const everything = JSON.stringify(system.table("operations").dump());
    expect(everything).toContain("key#");
    expect(everything).not.toContain(key);
    expect(everything).not.toContain(refreshToken);
  });

  it("that nobody sends changes nothing: each request is one of its own", async () => {
    await begin();
    await signIn(system);
    await signIn(system);

    expect(users()).toBe(2);
  });
});

describe("an answer", () => {
  it("that was a problem is repeated to the letter, and nothing is tried again", async () => {
    await begin();
    const { refreshToken } = await signIn(system);
    await refresh(system, refreshToken);
    await system.clock.advance(11 * SECOND);
    const key = { "idempotency-key": randomUUID() };
    const first = await refresh(system, refreshToken, key);
    expect(wordsOf(first)).toBe("401 refresh_token_reused");
    await system.clock.advance(60 * SECOND);
    const published = system.transport.published("events").length;

    expect(letterOf(await refresh(system, refreshToken, key))).toEqual(letterOf(first));
    expect(system.transport.published("events")).toHaveLength(published);
  });

  it("that carried secrets is there for ten minutes, and is said to be gone later", async () => {
    await begin();
    const key = randomUUID();
    const first = await ask(key);
    await system.clock.advance(600 * SECOND);
    expect(letterOf(await ask(key))).toEqual(letterOf(first));
    await system.clock.advance(1);
    const gone = await ask(key);

    expect(wordsOf(gone)).toBe("409 outcome_gone");
    expect(operationOf(gone)).toBe(operationOf(first));
    expect(users()).toBe(1);
  });

  it("that was put off is given to the same request later", async () => {
    await begin();
    const key = randomUUID();
    const pending = await ask(key, { headers: { prefer: "respond-async" } });
    expect(pending.status).toBe(202);
    await eventually("it has ended", () => system.table("operations").dump().length === 2);
    const answer = await ask(key);

    expect([answer.status, operationOf(answer)]).toEqual([201, operationOf(pending)]);
    expect(letterOf(await ask(key, { headers: { prefer: "respond-async" } }))).toEqual(letterOf(answer));
  });

  it("that was streamed is streamed again, with the same end", async () => {
    await begin();
    const key = randomUUID();
    const streamed = async () => {
      const headers = { "idempotency-key": key, accept: "text/event-stream" };
      const response = await system.open("POST", path, { headers });
      const text = collected(response);
      await eventually("the stream has ended", () => response.readableEnded);
      return { operationId: response.headers["x-operation-id"], events: sseEvents(text()) };
    };
    const [first, second] = [await streamed(), await streamed()];

    expect(second.operationId).toBe(first.operationId);
    expect(second.events.map(({ event }) => event)).toEqual(["accepted", "token-delivery"]);
    expect(second.events.at(-1)).toEqual(first.events.at(-1));
    const { type: _, ...delivered } = first.events.at(-1)?.data ?? {};
    expect((await ask(key)).body).toEqual(delivered);
    expect(users()).toBe(1);
  });
});

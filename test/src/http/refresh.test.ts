import { afterEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { makeRefreshToken, readRefreshToken } from "@lanyard/session-manager";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { bearerOf, changeSession, refresh, seenBy, signIn, tokensOf, wordsOf } from "../support/visitor.ts";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await inProcessSystem(options);
};
afterEach(() => system.stop());

const generationOf = (token: string): number | undefined => readRefreshToken(system.derivation, token)?.generation;
/** Each event published of a type: its id, once for each time. */
const published = (type: string): readonly string[] =>
  system.transport
    .published("events")
    .filter(({ attributes }) => attributes["type"] === type)
    .map(({ body }) => (JSON.parse(body) as { id: string }).id);
const SECOND = 1000;

describe("a refresh token", () => {
  it("is exchanged for tokens of the same session, which lives on from now", async () => {
    await begin();
    const visitor = await signIn(system);
    await system.clock.advance(60 * SECOND);
    const answer = await refresh(system, visitor.refreshToken);

    expect(answer.body).toMatchObject({
      user: { id: visitor.userId, kind: "anonymous" },
      session: { id: visitor.sessionId },
    });
    const { expiresAt } = (answer.body as { session: { expiresAt: string } }).session;
    expect(Date.parse(expiresAt)).toBe(system.clock.now() + 30 * 24 * 3600 * SECOND);
    const tokens = tokensOf(answer);
    expect(tokens.accessToken).not.toBe(visitor.accessToken);
    expect(generationOf(tokens.refreshToken)).toBe(2);
    for (const bearer of [visitor.bearer, bearerOf(tokens)]) expect(await seenBy(system, bearer)).toBe("200");
    expect(answer.headers["x-operation-id"]).toMatch(/^op_/);
  });

  it("may be exchanged over and over, each time the one given last", async () => {
    await begin();
    let { refreshToken } = await signIn(system);
    for (let generation = 2; generation <= 20; generation += 1) {
      await system.clock.advance(30 * SECOND);
      ({ refreshToken } = tokensOf(await refresh(system, refreshToken)));
      expect(generationOf(refreshToken)).toBe(generation);
    }
  });

  it("gives five tabs that show it at once one and the same successor", async () => {
    await begin({ gateways: 2 });
    const { refreshToken, userId, sessionId } = await signIn(system);
    const answers = await Promise.all(
      [0, 1, 0, 1, 0].map((index) => refresh(system.gateways[index] ?? system, refreshToken)),
    );

    expect(answers.map(wordsOf)).toEqual(Array(5).fill("200"));
    expect(new Set(answers.map((answer) => tokensOf(answer).refreshToken)).size).toBe(1);
    for (const answer of answers) expect(await seenBy(system, bearerOf(tokensOf(answer)))).toBe("200");
    const [stored] = (await system.table("session").list(`user#${userId}`)).items;
    expect(stored).toMatchObject({ version: 2, value: { sessionId, generation: 2 } });
    expect(published("session.revoked")).toEqual([]);
  });

  it("is told the current one when it comes again within ten seconds, and is theft a moment later", async () => {
    await begin();
    const { refreshToken } = await signIn(system);
    const current = tokensOf(await refresh(system, refreshToken)).refreshToken;
    await system.clock.advance(10 * SECOND - 1);
    expect(tokensOf(await refresh(system, refreshToken)).refreshToken).toBe(current);
    await system.clock.advance(1001);

    expect(wordsOf(await refresh(system, refreshToken))).toBe("401 refresh_token_reused");
  });

  it("whose request reached its worker minutes later is told the current one", async () => {
    await begin({ workers: ["identity", "token"] });
    await system.startWorker("session");
    const { refreshToken } = await signIn(system);
    system.faults.loses = (queue, message) => {
      if (queue !== "session") return false;
      late.push(message);
      return true;
    };
    const late: Parameters<typeof system.faults.loses>[1][] = [];
    const waiting = await system.call("POST", "/api/v2/auth/session/refresh", {
      json: { refreshToken },
      headers: { prefer: "respond-async" },
    });
    system.faults.loses = () => false;
    const current = tokensOf(await refresh(system, refreshToken)).refreshToken;
    await system.clock.advance(300 * SECOND);
    for (const message of late) await system.transport.send("session", message);

    const { operationSecret } = waiting.body as { operationSecret: string };
    const headers = { "x-operation-secret": operationSecret };
    const body = await eventually("the end of the late operation", async () => {
      await system.clock.settle();
      const read = await system.call("GET", waiting.headers["location"] ?? "", { headers });
      return read.status === 200 && read.body;
    });
    expect(body).toMatchObject({ status: "succeeded", result: { tokens: { refreshToken: current } } });
  });
});

describe("a refresh token that is none", () => {
  const foreign = derivation(parseKeyring(`k1:${Buffer.alloc(32, 9).toString("base64url")}`));
  const made = (change: (token: string) => string) => async (): Promise<string> =>
    change((await signIn(system)).refreshToken);
  const none: [string, () => Promise<string> | string][] = [
    ["garbage", () => "garbage"],
    ["dots", () => "..."],
    ["an access token", async () => (await signIn(system)).accessToken],
    ["truncated", made((token) => token.slice(0, -1))],
    ["with something behind it", made((token) => `${token}.x`)],
    ["without its key's name", made((token) => token.replace(".k1.", "."))],
    [
      "of another generation than its MAC says",
      made((token) => {
        const [named = "", ...mac] = token.split(".");
        const changed = Buffer.from(named, "base64url").toString().replace(/,1$/, ",2");
        return [Buffer.from(changed).toString("base64url"), ...mac].join(".");
      }),
    ],
    [
      "of a key that is not this deployment's",
      async () => makeRefreshToken(foreign, { ...(await signIn(system)), generation: 1 }),
    ],
    [
      "a MAC for another purpose",
      async () => {
        const [named = ""] = (await signIn(system)).refreshToken.split(".");
        return `${named}.${system.derivation.mac("operation-secret", named)}`;
      },
    ],
    [
      "a MAC over what names no session",
      () => {
        const named = Buffer.from("x,y,1").toString("base64url");
        return `${named}.${system.derivation.mac("refresh-token", named)}`;
      },
    ],
  ];

  it.each(none)("is refused, and no queue hears of it: %s", async (_, token) => {
    await begin();
    const text = await token();
    system.faults.queuesDown.add("session");

    expect(wordsOf(await refresh(system, text))).toBe("401 refresh_token_invalid");
    system.faults.queuesDown.clear();
    await system.clock.advance(5 * SECOND);
  });

  it.each([
    ["missing", {}],
    ["empty", { refreshToken: "" }],
    ["too long", { refreshToken: "x".repeat(1025) }],
    ["not text", { refreshToken: 1 }],
    ["not alone", { refreshToken: "x", more: 1 }],
  ])("is no valid request: %s", async (_, json) => {
    await begin();

    expect(wordsOf(await system.call("POST", "/api/v2/auth/session/refresh", { json }))).toBe("400 validation_failed");
  });

  it("is one of a session that has expired, or is not there", async () => {
    await begin();
    const visitor = await signIn(system);
    await changeSession(system, visitor, { expiresAt: new Date(system.clock.now()).toISOString() });
    const unknown = { userId: visitor.userId, sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e", generation: 1 };
    const stranger = makeRefreshToken(system.derivation, unknown);

    expect(wordsOf(await refresh(system, visitor.refreshToken))).toBe("401 refresh_token_invalid");
    expect(wordsOf(await refresh(system, stranger))).toBe("401 refresh_token_invalid");
    expect(published("session.revoked")).toEqual([]);
  });
});

describe("a refresh token that was stolen", () => {
  it("ends its session on every gateway, and says so once", async () => {
    await begin({ gateways: 2 });
    const visitor = await signIn(system);
    const thief = tokensOf(await refresh(system, visitor.refreshToken));
    await system.clock.advance(11 * SECOND);
    const answer = await refresh(system, visitor.refreshToken);
    expect(wordsOf(answer)).toBe("401 refresh_token_reused");
    await system.clock.settle();

    for (const gateway of system.gateways) {
      for (const bearer of [visitor.bearer, bearerOf(thief)]) {
        expect(await seenBy(gateway, bearer)).toBe("403 session_revoked refresh_reuse");
      }
      expect(await seenBy(gateway, { "x-user-id": visitor.userId })).toBe("401 unauthenticated");
    }
    for (const token of [visitor.refreshToken, thief.refreshToken]) {
      expect(wordsOf(await refresh(system, token))).toBe("401 refresh_token_invalid");
    }
    expect(published("session.revoked")).toHaveLength(1);
    expect(published("session.refreshReuseDetected")).toHaveLength(1);
  });

  it("is found once by several who find it at once", async () => {
    await begin();
    const visitor = await signIn(system);
    await refresh(system, visitor.refreshToken);
    await system.clock.advance(11 * SECOND);
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(system, visitor.refreshToken)));

    const said = answers.map(wordsOf).sort();
    expect(said).toEqual([...Array(4).fill("401 refresh_token_invalid"), "401 refresh_token_reused"]);
    expect(new Set(published("session.revoked")).size).toBe(1);
  });
});

describe("gateways and workers whose clocks are minutes apart", () => {
  const MINUTE = 60 * SECOND;
  const aheadMs = { gateways: [3 * MINUTE, -4 * MINUTE], workers: { session: 5 * MINUTE } };

  it.each([
    [0, 1],
    [1, 0],
  ])("judge a second tab as if they were not: by gateway %d, then by %d", async (one, other) => {
    await begin({ gateways: 2, aheadMs });
    const { refreshToken } = await signIn(system);
    const first = await refresh(system.gateways[one] ?? system, refreshToken);
    await system.clock.advance(8 * SECOND);
    const second = await refresh(system.gateways[other] ?? system, refreshToken);
    expect([wordsOf(first), wordsOf(second)]).toEqual(["200", "200"]);
    await system.clock.advance(4 * SECOND);

    expect(wordsOf(await refresh(system.gateways[other] ?? system, refreshToken))).toBe("401 refresh_token_reused");
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type Route, routes } from "@lanyard/contracts";
import { silentLog } from "@lanyard/messaging";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { usersOf } from "../support/keyed-sign-in.ts";
import { refresh, signIn, wordsOf } from "../support/visitor.ts";

const path = "/api/v2/auth/anonymous";
const three = { anonymous: { quota: 3, windowSeconds: 600 } };

let system: InProcessSystem;
const begin = async ({ settings = {}, ...options }: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem({ ...options, settings: { limits: three, ...settings } });
};
afterEach(() => system.stop());

type Asking = { key?: string; from?: string; at?: Pick<InProcessSystem, "call"> };
const ask = ({ key, from, at = system }: Asking = {}): Promise<HttpAnswer> =>
  at.call("POST", path, {
    headers: {
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...(from === undefined ? {} : { "x-forwarded-for": from }),
    },
  });
const statuses = (answers: readonly HttpAnswer[]): readonly number[] => answers.map(({ status }) => status);
const times = <T>(count: number, work: () => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: count }, work));
const limitsOf = ({ headers }: HttpAnswer) => [headers["ratelimit-policy"], headers["ratelimit"]];

describe("a client that asks too often", () => {
  it("is told what remains with every answer, and at the end when to come back", async () => {
    await begin();
    const answers = [await ask(), await ask(), await ask(), await ask()];

    expect(statuses(answers)).toEqual([201, 201, 201, 429]);
    expect(answers.map(limitsOf)).toEqual(
      ["r=2;t=600", "r=1;t=600", "r=0;t=600", "r=0;t=600"].map((rest) => [
        '"anonymous";q=3;w=600',
        `"anonymous";${rest}`,
      ]),
    );
    const [refused] = answers.slice(-1);
    expect(refused?.headers["retry-after"]).toBe("600");
    expect(refused?.body).toEqual({
      type: "urn:lanyard:problem:rate_limited",
      title: "Too many requests.",
      status: 429,
      code: "rate_limited",
      instance: expect.stringMatching(/^urn:lanyard:request:/),
    });
    expect(usersOf(system)).toBe(3);
  });

  it("is let in again after as long as it was told, and not a second earlier", async () => {
    await begin();
    await times(3, () => ask());
    await system.clock.advance(30_000);
    const refused = await ask();
    expect(refused.headers["retry-after"]).toBe("570");
    await system.clock.advance(569_000);
    expect((await ask()).status).toBe(429);
    await system.clock.advance(1000);

    expect((await ask()).status).toBe(201);
  });

  it("is counted over all gateways: exactly as many as the limit are let in of all that come at once", async () => {
    await begin({ gateways: 2, settings: { limits: { anonymous: { quota: 7, windowSeconds: 600 } } } });
    const at = system.gateways[1] ?? system;
    const answers = (await Promise.all([times(20, () => ask()), times(20, () => ask({ at }))])).flat();

    expect(statuses(answers).filter((status) => status === 201)).toHaveLength(7);
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(33);
    expect(usersOf(system)).toBe(7);
  });

  it("is told so on a stream too, before it begins", async () => {
    await begin({ settings: { limits: { anonymous: { quota: 1, windowSeconds: 600 } } } });
    const headers = { accept: "text/event-stream" };
    const [first, second] = [
      await system.call("POST", path, { headers }),
      await system.call("POST", path, { headers }),
    ];

    expect(first.headers["content-type"]).toContain("text/event-stream");
    expect(limitsOf(first)).toEqual(['"anonymous";q=1;w=600', '"anonymous";r=0;t=600']);
    expect(wordsOf(second)).toBe("429 rate_limited");
  });

  it("may be a page of another origin, which reads what it is told", async () => {
    await begin({ settings: { corsOrigins: ["https://app.example.com"] } });
    const { headers } = await system.call("POST", path, { headers: { origin: "https://app.example.com" } });

    expect(headers["access-control-expose-headers"]?.split(",")).toEqual(
      expect.arrayContaining(["Retry-After", "RateLimit-Policy", "RateLimit"]),
    );
  });

  it("is not counted for what is refused before: a body that is none", async () => {
    await begin();
    const wrong = await system.call("POST", path, { json: { admin: true } });

    expect(wrong.status).toBe(400);
    expect(limitsOf(wrong)).toEqual([undefined, undefined]);
    expect(system.counters.calls()).toBe(0);
  });
});

describe("the client that is counted", () => {
  const behindProxy = { trustedProxies: ["127.0.0.1"], limits: { anonymous: { quota: 1, windowSeconds: 600 } } };

  it.each([
    ["its address", "203.0.113.9", "203.0.113.10"],
    ["its /64", "2001:db8:0:1::1", "2001:db8:0:2::1"],
    ["what the nearest trusted proxy says", "198.51.100.1, 203.0.113.9", "198.51.100.1, 203.0.113.10"],
    ["its address with a port", "203.0.113.9:4444", "203.0.113.10:4444"],
    ["its address in brackets", "[2001:db8:0:1::1]", "[2001:db8:0:2::1]"],
    ["its address in brackets with a port", "[2001:db8:0:1::1]:55", "[2001:db8:0:2::1]:55"],
    ["what is before a trusted proxy with a port", "203.0.113.9:1, 127.0.0.1:2", "203.0.113.10:1, 127.0.0.1:2"],
  ])("is known by %s", async (_, from, other) => {
    await begin({ settings: behindProxy });

    expect(statuses([await ask({ from }), await ask({ from }), await ask({ from: other })])).toEqual([201, 429, 201]);
  });

  it.each([
    ["by a left-most entry of its own", (index: number) => `198.51.100.${index}, 203.0.113.9`],
    ["by several of them", (index: number) => `198.51.100.${index}, 192.0.2.${index}, 203.0.113.9`],
    ["by other addresses of its /64", (index: number) => `2001:db8:0:1::${index}`],
    [
      "by the same address in other clothes",
      (index: number) => ["203.0.113.9", "::ffff:203.0.113.9", "::ffff:cb00:7109"][index] ?? "",
    ],
    ["by what is no address", (index: number) => `nobody-${index}`],
    ["by other ports", (index: number) => `203.0.113.9:${4444 + index}`],
    ["by other ports of an IPv6 address", (index: number) => `[2001:db8::1]:${4444 + index}`],
  ])("does not become another %s", async (_, spoofed) => {
    await begin({ settings: behindProxy });
    const answers = [await ask({ from: spoofed(0) }), await ask({ from: spoofed(1) }), await ask({ from: spoofed(2) })];

    expect(statuses(answers)).toEqual([201, 429, 429]);
  });

  it("is not believed about its address when it is no trusted proxy", async () => {
    await begin({ settings: { limits: behindProxy.limits } });
    const answers = [await ask({ from: "203.0.113.1" }), await ask({ from: "203.0.113.2" })];

    expect(statuses(answers)).toEqual([201, 429]);
  });

  it("is one with all others that a trusted proxy has no address for, which the log says once", async () => {
    const warnings: [object, string][] = [];
    const log = { ...silentLog, warn: (...line: [object, string]) => void warnings.push(line) };
    await begin({ log, settings: behindProxy });
    const answers = [await ask(), await ask({ from: "203.0.113.9" })];
    expect(warnings).toEqual([]);
    answers.push(await ask({ from: "nobody-1" }), await ask({ from: "nobody-2" }));

    expect(statuses(answers)).toEqual([201, 201, 201, 429]);
    expect(warnings).toEqual([[expect.anything(), expect.stringContaining("X-Forwarded-For")]]);
    expect(JSON.stringify(warnings)).not.toContain("nobody-");
  });

  it("is not named where it is counted", async () => {
    const keys: string[] = [];
    await begin({ settings: behindProxy });
    const { add } = system.counters;
    Object.assign(system.counters, {
      add: (window: { key: string }, amount: number) => {
        keys.push(window.key);
        return add(window as never, amount);
      },
    });
    await ask({ from: "203.0.113.9" });

    expect(keys).toEqual([expect.stringMatching(/^anonymous:[\w-]{43}$/)]);
  });
});

describe("a replay", () => {
  it("counts nothing, and is answered even over the limit", async () => {
    await begin();
    const key = randomUUID();
    const first = await ask({ key });
    await times(2, () => ask());
    expect((await ask()).status).toBe(429);
    const counted = system.counters.calls();
    const again = await ask({ key });

    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(limitsOf(again)).toEqual([undefined, undefined]);
    expect(system.counters.calls()).toBe(counted);
    expect(usersOf(system)).toBe(3);
  });

  it("of another request is told so, and counts nothing", async () => {
    await begin();
    const key = randomUUID();
    await ask({ key });
    const counted = system.counters.calls();
    const other = await system.call("POST", `${path}?other=1`, { headers: { "idempotency-key": key } });

    expect(wordsOf(other)).toBe("422 idempotency_key_reused");
    expect(system.counters.calls()).toBe(counted);
  });

  it("of a refused request was never bound: it is counted when it comes again, and carried out when there is room", async () => {
    await begin();
    const key = randomUUID();
    await times(3, () => ask());
    expect((await ask({ key })).status).toBe(429);
    expect((await ask({ key })).status).toBe(429);
    expect(JSON.stringify(system.table("operations").dump())).not.toContain('"fingerprint"');
    expect(usersOf(system)).toBe(3);
    await system.clock.advance(600_000);
    const answer = await ask({ key });

    expect([answer.status, limitsOf(answer)[1]]).toEqual([201, '"anonymous";r=2;t=600']);
  });

  it.each([[1], [5], [20]])(
    "that comes at the same moment counts once in the end, however many there are: a quota of %d",
    async (quota) => {
      await begin({ gateways: 2, settings: { limits: { anonymous: { quota: quota + 1, windowSeconds: 600 } } } });
      const key = randomUUID();
      const at = system.gateways[1] ?? system;
      const answers = (await Promise.all([times(30, () => ask({ key })), times(30, () => ask({ key, at }))])).flat();

      for (const { status } of answers) expect([201, 409]).toContain(status);
      expect(usersOf(system)).toBe(1);
      expect(limitsOf(await ask())[1]).toBe(`"anonymous";r=${quota - 1};t=600`);
    },
  );

  it("is let in with the first of it when they come at once and there is room for one only", async () => {
    await begin({ settings: { limits: { anonymous: { quota: 1, windowSeconds: 600 } } } });
    const key = randomUUID();
    const answers = await times(6, () => ask({ key }));

    for (const { status } of answers) expect([201, 409]).toContain(status);
    expect(usersOf(system)).toBe(1);
  });
});

describe("while nobody can count", () => {
  it("nobody signs in, and everything else goes on", async () => {
    await begin();
    const visitor = await signIn(system);
    const key = randomUUID();
    const first = await ask({ key });
    system.tablesDown.add("limits");
    const refused = await ask();
    expect(wordsOf(refused)).toBe("503 service_unavailable");
    expect(refused.headers["retry-after"]).toBe("2");
    expect((await ask({ key: randomUUID() })).status).toBe(503);
    expect(usersOf(system)).toBe(2);

    expect((await ask({ key })).text).toBe(first.text);
    expect((await system.call("GET", "/api/v2/auth/session", { headers: visitor.bearer })).status).toBe(200);
    expect((await refresh(system, visitor.refreshToken)).status).toBe(200);
    expect((await system.call("POST", "/api/v2/auth/logout", { headers: visitor.bearer })).status).toBe(204);
    system.tablesDown.clear();
    expect((await ask()).status).toBe(201);
  });
});

describe("links and codes that are tried", () => {
  it("are limited for each client, both together", async () => {
    await begin({ settings: { limits: { verify: { quota: 2, windowSeconds: 600 } } } });
    const asked = await system.call("POST", "/api/v2/auth/otp", { json: { email: "ada@example.com" } });
    const { challengeId } = asked.body as { readonly challengeId: string };
    const code = () => system.call("POST", "/api/v2/auth/otp/verify", { json: { challengeId, code: "000000" } });
    const answers = [await code(), await code(), await code()];

    expect(answers.slice(0, 2).map(wordsOf)).not.toContain("429 rate_limited");
    expect(answers[1]?.headers["ratelimit"]).toBe('"verify";r=0;t=600');
    expect(wordsOf(answers[2] as HttpAnswer)).toBe("429 rate_limited");
  });
});

describe("a route with limits", () => {
  it("is every one that makes a visitor, mails, tries a secret or what was mailed, or ends all tokens, and none besides", async () => {
    await begin();
    const limited = routes.allRoutes.filter((route: Route) => route.limits !== undefined).map(({ id }) => id);

    expect(limited).toEqual([
      "createAnonymousSession",
      "requestMagicLink",
      "verifyMagicLink",
      "requestEmailCode",
      "verifyEmailCode",
      "registerPassword",
      "signInByPassword",
      "requestPasswordReset",
      "resetPassword",
      "changePassword",
      "verifySecondFactor",
      "enableSecondFactor",
      "stepUp",
      "updateMe",
      "confirmEmailChange",
      "undoEmailChange",
      "reportSession",
      "revokeUserTokens",
      "revokeAllTokens",
    ]);
  });
});

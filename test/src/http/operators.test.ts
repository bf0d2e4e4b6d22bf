import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { emailClaimItem, type Route, routes, userEmailItem, userItem } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import type { Log } from "@lanyard/messaging";
import { typedItems } from "@lanyard/storage";
import { ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const lookup = "/api/v2/users/lookup";
const find = "/api/v2/admin/users";
const key = Buffer.alloc(32, 1).toString("base64url");
const operator = { authorization: `Bearer ${key}` };

const lines: string[] = [];
const line = (fields: object, message: string): void => void lines.push(JSON.stringify({ message, ...fields }));
const log: Log = { debug: line, info: line, warn: line, error: line };

let system: InProcessSystem;
let visitor: Visitor;
beforeAll(async () => {
  const opsKeys = [
    { name: "backup", hash: opsKeyHash(Buffer.alloc(32, 2).toString("base64url")) },
    { name: "deploy", hash: opsKeyHash(key) },
  ];
  system = await inProcessSystem({ settings: { opsKeys }, log });
  visitor = await signIn(system);
});
afterAll(() => system.stop());

/** An account as the identity worker leaves it; `carries`: what its profile says today. */
async function account(email: string, { carries = email, since = "2026-11-01T00:00:00.000Z" } = {}): Promise<string> {
  const userId = randomUUID();
  const by = { writtenBy: "test" };
  const identity = system.table("identity");
  const createdAt = since;
  await typedItems(identity, userItem).putIfAbsent(
    { userId, userKind: "account", email: carries, createdAt },
    [userId],
    by,
  );
  await typedItems(identity, userEmailItem).putIfAbsent({ userId, email, since }, [userId, email], by);
  return userId;
}
const claim = (email: string, userId: string) =>
  typedItems(system.table("identity"), emailClaimItem).putIfAbsent(
    { email, userId, claimedAt: "2026-11-01T00:00:00.000Z", operationId: `op_${"0".repeat(32)}${"A".repeat(22)}` },
    [email],
    { writtenBy: "test" },
  );
const asked = (
  path: string,
  email: string,
  headers: Readonly<Record<string, string>> = operator,
): Promise<HttpAnswer> => system.call("GET", `${path}?${new URLSearchParams({ email })}`, { headers });
const newEmail = (): string => `${randomUUID()}@example.com`;

const adminRoutes = routes.allRoutes.filter((route: Route) => route.auth === "admin");

describe("a route for operators", () => {
  it("is there", () => {
    expect(adminRoutes.map(({ path }) => path)).toEqual(expect.arrayContaining([lookup, find]));
  });

  it.each(adminRoutes.map(({ path }) => [path]))("opens for an ops key, by its name in the log: %s", async (path) => {
    const before = lines.length;
    const { status } = await asked(path, newEmail());

    expect([200, 404]).toContain(status);
    expect(lines.slice(before).find((each) => each.includes("an ops key was used"))).toContain('"opsKey":"deploy"');
  });

  it.each(adminRoutes.map(({ path }) => [path]))("opens for nobody else: %s", async (path) => {
    const refusals = [
      ["no credentials", {}],
      ["a visitor's id", { "x-user-id": visitor.userId }],
      ["a token without the role", visitor.bearer],
      ["a token without the role, and an id", { ...visitor.bearer, "x-user-id": visitor.userId }],
      ["another key", { authorization: `Bearer ${key.replace(/^./, "B")}` }],
      ["the key of another scheme", { authorization: `Basic ${key}` }],
    ] as const;
    const seen: string[] = [];
    for (const [who, headers] of refusals) seen.push(`${who}: ${wordsOf(await asked(path, newEmail(), headers))}`);

    expect(seen).toEqual([
      "no credentials: 401 unauthenticated",
      "a visitor's id: 401 unauthenticated",
      "a token without the role: 403 admin_required",
      "a token without the role, and an id: 403 admin_required",
      "another key: 401 token_invalid",
      "the key of another scheme: 401 unauthenticated",
    ]);
  });

  it.each(adminRoutes.map(({ path }) => [path]))(
    "says who is asking before it says what is wrong: %s",
    async (path) => {
      expect(wordsOf(await system.call("GET", path))).toBe("401 unauthenticated");
      expect((await system.call("GET", path, { headers: operator })).body).toMatchObject({
        code: "validation_failed",
        errors: [{ path: "email" }],
      });
      expect((await asked(path, "ada")).body).toMatchObject({ code: "validation_failed", errors: [{ path: "email" }] });
    },
  );
});

describe("an ops key", () => {
  const ofUsers = routes.allRoutes.filter(({ auth }) => auth === "any" || auth === "bearer" || auth === "operation");

  it.each(ofUsers.map(({ method, path }) => [method, path]))("opens no route of users: %s %s", async (method, path) => {
    const at = path.replace("{operationId}", `op_${"0".repeat(32)}${"A".repeat(22)}`);

    expect(wordsOf(await system.call(method, at, { headers: operator }))).toBe("401 token_invalid");
  });

  it("is in no log", () => {
    expect(lines.join("\n")).not.toContain(key);
  });
});

describe("an address that is looked up", () => {
  it("is the account's that has claimed it, however it is written", async () => {
    const email = newEmail();
    const userId = await account(email);
    await claim(email, userId);

    expect((await asked(lookup, ` ${email.toUpperCase()}`)).body).toEqual({ userId });
  });

  it("is nobody's", async () => {
    expect(wordsOf(await asked(lookup, newEmail()))).toBe("404 user_not_found");
  });

  it("cannot be looked up while the table is down", async () => {
    system.tablesDown.add("identity");
    try {
      expect(wordsOf(await asked(lookup, newEmail()))).toBe("503 service_unavailable");
    } finally {
      system.tablesDown.clear();
    }
  });
});

describe("users that are looked for by an address", () => {
  it("are all who carry it or ever carried it", async () => {
    const email = newEmail();
    const former = await account(email, { carries: newEmail(), since: "2026-10-01T00:00:00.000Z" });
    const owner = await account(email);
    await claim(email, owner);
    const { body } = await asked(find, email);
    const { users } = body as { readonly users: readonly { readonly userId: string }[] };

    expect(users).toHaveLength(2);
    expect(users).toContainEqual({ userId: owner, since: "2026-11-01T00:00:00.000Z", current: true });
    expect(users).toContainEqual({ userId: former, since: "2026-10-01T00:00:00.000Z", current: false });
  });

  it("are none", async () => {
    expect((await asked(find, newEmail())).body).toEqual({ users: [] });
  });
});

describe("the read of an address that is looked up", () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  beforeAll(() => void trace.setGlobalTracerProvider(provider));
  beforeEach(() => exporter.reset());
  afterEach(() => system.tablesDown.clear());
  afterAll(async () => {
    trace.disable();
    await provider.shutdown();
  });
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const caller = { ...operator, traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const theSpan = (): ReadableSpan => {
    const spans = exporter.getFinishedSpans();
    expect(spans).toHaveLength(1);
    return spans[0] as ReadableSpan;
  };

  it("is a span of its own, in the request's trace", async () => {
    await asked(lookup, newEmail(), caller);
    const { name, instrumentationScope, parentSpanContext } = theSpan();

    expect([name, instrumentationScope.name]).toEqual(["users.lookup", "lanyard-gateway"]);
    expect(theSpan().spanContext().traceId).toBe(traceId);
    expect(parentSpanContext).toMatchObject({ traceId, isRemote: true });
    expect(parentSpanContext?.spanId).not.toBe("00f067aa0ba902b7");
    const [served] = lines.filter((each) => each.includes(traceId)).slice(-1);
    expect(served).toContain(lookup);
  });

  it("says whether there is such a user, and never which address", async () => {
    const email = newEmail();
    await claim(email, await account(email));
    await asked(lookup, email, caller);
    const { attributes, events } = theSpan();

    expect([attributes, events]).toEqual([{ "lanyard.user.found": true }, []]);
    expect(JSON.stringify([theSpan().name, attributes, events, theSpan().status])).not.toContain(email.split("@")[0]);
  });

  it("is over when it failed, and says no more than that", async () => {
    system.tablesDown.add("identity");
    await asked(lookup, newEmail(), caller);
    const { status, attributes, events } = theSpan();

    expect([status, attributes, events]).toEqual([{ code: SpanStatusCode.ERROR }, {}, []]);
  });

  it("is none where nobody may ask", async () => {
    await asked(lookup, newEmail(), visitor.bearer);

    expect(exporter.getFinishedSpans()).toEqual([]);
    expect(trace.getSpan(ROOT_CONTEXT)).toBeUndefined();
  });
});

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { emailClaimItem, type Route, routes, userEmailItem, userItem } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import type { Log } from "@lanyard/messaging";
import { eventually } from "@lanyard/messaging/testing";
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

const adminRoutes: readonly Route[] = routes.allRoutes.filter((route: Route) => route.auth === "admin");
const pathParts: Readonly<Record<string, string>> = {
  userId: randomUUID(),
  queue: "token",
  kid: "none",
  operationId: `op_${"0".repeat(32)}${"A".repeat(22)}`,
  revocationId: randomUUID(),
};
const everyRoute = adminRoutes.map(({ method, path, query, id }) => {
  const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => pathParts[name] ?? "");
  return [
    `${method} ${path}`,
    { method, id, path: Object.keys(query?.shape ?? {}).includes("email") ? `${at}?email=a@example.com` : at },
  ] as const;
});
/** What a read names whether or not it is there. */
const targetsOf: Readonly<Record<string, readonly string[]>> = {
  showDeadLetters: ["token"],
  readRevocation: [String(pathParts["revocationId"])],
};
const bodies: Readonly<Record<string, object>> = {
  setRoles: { roles: [] },
  liftSecondFactor: { reason: "A lost phone" },
  revokeSessions: { scope: { kind: "user", userId: randomUUID() }, reason: "A lost laptop" },
};
type AdminRoute = (typeof everyRoute)[number][1];
const askedFor = ({ method, path, id }: AdminRoute, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> =>
  system.call(method, path, { headers, ...(method === "GET" ? {} : { json: bodies[id] ?? {} }) });
const actedOn = (action: string) =>
  system.transport
    .published("events")
    .filter(({ attributes }) => attributes["type"] === "operator.acted")
    .map(({ body }) => (JSON.parse(body) as { readonly data: { readonly action: string } }).data)
    .filter((data) => data.action === action);

describe("a route for operators", () => {
  it("is there", () => {
    expect(adminRoutes.map(({ path }) => path)).toEqual(expect.arrayContaining([lookup, find]));
    expect(routes.allRoutes.filter(({ path }) => path.includes("/admin/")).every(({ auth }) => auth === "admin")).toBe(
      true,
    );
  });

  it.each(everyRoute)("opens for an ops key, by its name in the log: %s", async (_, route) => {
    const before = lines.length;
    const { status } = await askedFor(route, operator);

    expect([200, 202, 204, 404]).toContain(status);
    expect(lines.slice(before).find((each) => each.includes("an ops key was used"))).toContain('"opsKey":"deploy"');
  });

  it.each(everyRoute)("opens for nobody else: %s", async (_, route) => {
    // Anew: an operator may just have ended every session there was, and replaced the keys.
    visitor = await signIn(system);
    await system.clock.advance(1000);
    const refusals = [
      ["no credentials", {}],
      ["a visitor's id", { "x-user-id": visitor.userId }],
      ["a token without the role", visitor.bearer],
      ["a token without the role, and an id", { ...visitor.bearer, "x-user-id": visitor.userId }],
      ["another key", { authorization: `Bearer ${key.replace(/^./, "B")}` }],
      ["the key of another scheme", { authorization: `Basic ${key}` }],
    ] as const;
    const told = actedOn(route.id).length;
    const seen: string[] = [];
    for (const [who, headers] of refusals) seen.push(`${who}: ${wordsOf(await askedFor(route, headers))}`);

    expect(seen).toEqual([
      "no credentials: 401 unauthenticated",
      "a visitor's id: 401 unauthenticated",
      "a token without the role: 403 admin_required",
      "a token without the role, and an id: 403 admin_required",
      "another key: 401 token_invalid",
      "the key of another scheme: 401 unauthenticated",
    ]);
    expect(actedOn(route.id)).toHaveLength(told);
  });

  it.each(everyRoute.filter(([, { method }]) => method === "GET"))(
    "tells of each read, as an event: %s",
    async (_, route) => {
      const told = actedOn(route.id).length;
      await askedFor(route, operator);

      await eventually("it is told", async () => actedOn(route.id).length === told + 1);
      expect(actedOn(route.id).at(-1)).toEqual({
        by: "key:deploy",
        action: route.id,
        targets: targetsOf[route.id] ?? [],
      });
    },
  );

  it.each([lookup, find])("says who is asking before it says what is wrong: %s", async (path) => {
    expect(wordsOf(await system.call("GET", path))).toBe("401 unauthenticated");
    expect((await system.call("GET", path, { headers: operator })).body).toMatchObject({
      code: "validation_failed",
      errors: [{ path: "email" }],
    });
    expect((await asked(path, "ada")).body).toMatchObject({ code: "validation_failed", errors: [{ path: "email" }] });
  });
});

describe("a read that was refused for what it asked", () => {
  it("has shown nothing, and is not told of", async () => {
    const told = actedOn("findUsers").length;
    await asked(find, "ada");
    await asked(find, newEmail());

    await eventually("the other is told", async () => actedOn("findUsers").length > told);
    await system.clock.settle();
    expect(actedOn("findUsers")).toHaveLength(told + 1);
  });
});

describe("a read that nobody can tell of", () => {
  it("is answered all the same, and stands in the log", async () => {
    system.faults.queuesDown.add("identity");
    try {
      expect((await asked(find, newEmail())).status).toBe(200);
      await eventually("it is in the log", async () => lines.some((line) => line.includes("could not be told")));
    } finally {
      system.faults.queuesDown.clear();
    }
  });
});

describe("an operator who found somebody", () => {
  it("is told of with that user's id, and without the address", async () => {
    const email = newEmail();
    const userId = await account(email);
    await claim(email, userId);
    await asked(lookup, email);

    await eventually("it is told", async () =>
      actedOn("lookupUser").some((data) => JSON.stringify(data).includes(userId)),
    );
    expect(JSON.stringify(system.transport.published("events"))).not.toContain(email.split("@")[0]);
  });
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
    expect(lines.filter((each) => each.includes(traceId) && each.includes(`"${lookup}"`))).toHaveLength(1);
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

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { recordEvent, securityEventStore } from "@lanyard/audit-service";
import { type EventMessage, events, httpSchemas } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import { auditMarks } from "@lanyard/secrets";
import type { z } from "zod";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const own = "/api/v2/auth/security-events";
const all = "/api/v2/admin/security-events";
const key = Buffer.alloc(32, 1).toString("base64url");
const operator = { authorization: `Bearer ${key}` };
const ndjson = { ...operator, accept: "application/x-ndjson" };

type OwnPage = z.output<typeof httpSchemas.ownSecurityEvents>;
type Page = z.output<typeof httpSchemas.securityEvents>;

let system: InProcessSystem;
beforeAll(async () => {
  system = await inProcessSystem({ settings: { opsKeys: [{ name: "test", hash: opsKeyHash(key) }] } });
});
afterAll(() => system.stop());

const settled = async (): Promise<void> => {
  while (system.transport.held("audit").length > 0) await system.clock.advance(100);
};
const seconds = (count: number): string => new Date(Date.UTC(2026, 10, 21, 12, 0, count)).toISOString();

/** Keeps events as the audit worker does, of whatever time. */
async function heard(count: number, given: (index: number) => Partial<EventMessage>): Promise<void> {
  const hear = recordEvent(
    securityEventStore(system.table("audit"), { marks: auditMarks(system.derivation), now: system.clock.now }),
  );
  for (let index = 0; index < count; index += 1) {
    const change = given(index);
    const userId = change.subject ?? randomUUID();
    await hear({
      specversion: "1.0",
      id: randomUUID(),
      type: events.sessionOpened.type,
      source: "lanyard/session",
      time: seconds(index),
      datacontenttype: "application/json",
      data: { userId, userKind: "anonymous", sessionId: randomUUID(), method: "anonymous" },
      subject: userId,
      operationid: `op_${"0".repeat(32)}${"A".repeat(22)}`,
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      ...change,
    });
  }
}
const read = async (visitor: Visitor, cursor?: string): Promise<OwnPage> => {
  const path = cursor === undefined ? own : `${own}?${new URLSearchParams({ cursor })}`;
  const answer = await system.call("GET", path, { headers: visitor.bearer });
  return httpSchemas.ownSecurityEvents.parse(answer.body);
};
const ask = (query: Readonly<Record<string, string>>, headers = operator): Promise<HttpAnswer> =>
  system.call("GET", `${all}?${new URLSearchParams(query)}`, { headers });
const find = async (query: Readonly<Record<string, string>>): Promise<Page> =>
  httpSchemas.securityEvents.parse((await ask(query)).body);
/** Page after page to the end. */
async function findAll(query: Readonly<Record<string, string>>): Promise<Page["events"]> {
  const found: Page["events"] = [];
  let page = await find(query);
  for (;;) {
    expect(page.events.length).toBeLessThanOrEqual(50);
    found.push(...page.events);
    if (page.cursor === undefined) return found;
    page = await find({ ...query, cursor: page.cursor });
  }
}
const exported = async (query: Readonly<Record<string, string>>): Promise<Page["events"]> =>
  String((await ask(query, ndjson)).body)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => httpSchemas.anySecurityEvent.parse(JSON.parse(line)));

describe("the security events of a caller", () => {
  it("say what has happened, when and from where, newest first", async () => {
    const visitor = await signIn(system);
    await settled();
    const { events: listed, cursor } = await read(visitor);

    expect(listed.map(({ type }) => type).toSorted()).toEqual(["session.opened", "user.created"]);
    expect(listed.map(({ at }) => at)).toEqual(
      listed
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    expect(listed.find(({ type }) => type === "session.opened")).toMatchObject({
      outcome: "succeeded",
      ip: "127.0.0.1",
      data: { method: "anonymous" },
    });
    expect(cursor).toBeUndefined();
  });

  it("are nobody else's, whatever cursor is shown", async () => {
    const ada = await signIn(system);
    const bob = await signIn(system);
    await heard(60, () => ({ subject: ada.userId }));
    await settled();
    const { cursor: adas } = await read(ada);
    const page = await read(bob);
    const behind = await read(bob, adas);

    expect(adas).toBeDefined();
    expect(page.events).toHaveLength(2);
    const sessions = new Set((await findAll({ userId: ada.userId })).map(({ sessionId }) => sessionId));
    for (const { sessionId } of [...page.events, ...behind.events]) {
      if (sessionId !== undefined) expect(sessions).not.toContain(sessionId);
    }
  });

  it("come in pages of fifty, each once, while new ones arrive", async () => {
    const visitor = await signIn(system);
    await settled();
    await heard(210, (index) => ({ subject: visitor.userId, time: seconds(-1000 + index) }));
    const before = (await findAll({ userId: visitor.userId })).map(({ id }) => id);
    const seen: string[] = [];
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await read(visitor, cursor);
      seen.push(...page.events.map(({ id }) => id));
      sizes.push(page.events.length);
      cursor = page.cursor;
      await heard(7, (index) => ({ subject: visitor.userId, time: seconds(10_000_000 + index) }));
    } while (cursor !== undefined);

    expect(sizes).toEqual([50, 50, 50, 50, 12]);
    expect(before).toHaveLength(212);
    expect(seen.toSorted()).toEqual(before.toSorted());
  });

  it("tell of what somebody else has done to the caller, and not who and from where", async () => {
    const visitor = await signIn(system);
    const revoked = { userId: visitor.userId, sessionId: randomUUID(), reason: "operator" };
    await heard(1, () => ({
      subject: visitor.userId,
      actorid: randomUUID(),
      clientip: "198.51.100.9",
      clientuseragent: "operator's",
      type: "session.revoked",
      data: revoked,
    }));
    await settled();
    const told = (await read(visitor)).events.find(({ type }) => type === "session.revoked");

    expect(told).toMatchObject({ data: { reason: "operator" } });
    expect(JSON.stringify(told)).not.toMatch(/198\.51|operator's/);
  });

  it.each(["x", "not-a-cursor!", Buffer.from("profile").toString("base64url")])(
    "are refused for a cursor that they did not give: %s",
    async (cursor) => {
      const visitor = await signIn(system);
      const answer = await system.call("GET", `${own}?${new URLSearchParams({ cursor })}`, { headers: visitor.bearer });
      expect(wordsOf(answer)).toBe("400 validation_failed");
      expect(answer.body).toMatchObject({ errors: [{ path: "cursor" }] });
    },
  );

  it("need an access token, and the table", async () => {
    const visitor = await signIn(system);
    expect(wordsOf(await system.call("GET", own))).toBe("401 unauthenticated");
    expect(wordsOf(await system.call("GET", own, { headers: { "x-user-id": visitor.userId } }))).toBe(
      "401 unauthenticated",
    );
    system.tablesDown.add("audit");
    try {
      expect(wordsOf(await system.call("GET", own, { headers: visitor.bearer }))).toBe("503 service_unavailable");
    } finally {
      system.tablesDown.clear();
    }
  });
});

describe("security events that an operator looks for", () => {
  const day = (number: number, hour = 12): string => new Date(Date.UTC(2020, 4, number, hour)).toISOString();
  const window = { from: day(1, 0), to: day(11, 0) };
  const ada = randomUUID();
  const operationId = `op_${"1".repeat(32)}${"B".repeat(22)}`;
  beforeAll(async () => {
    // Seven on each of ten days: six openings, the first of them ada's, and a mail about nobody.
    for (let date = 1; date <= 10; date += 1) {
      await heard(6, (index) => ({ time: day(date, index), ...(index === 0 && { subject: ada }) }));
      await heard(1, () => ({
        time: day(date, 20),
        type: "mail.sent",
        data: { mailId: randomUUID(), template: "sign-in" },
        subject: undefined,
        ...(date === 3 && { operationid: operationId }),
      }));
    }
  });

  it("are all of a span of time, each once, newest day first", async () => {
    const found = await findAll(window);
    const days = found.map(({ at }) => at.slice(0, 10));

    expect(found).toHaveLength(70);
    expect(new Set(found.map(({ id }) => id)).size).toBe(70);
    expect(days).toEqual(days.toSorted().toReversed());
  });

  it("are those of a user, a type, an operation, and of what is asked for together", async () => {
    expect(await findAll({ userId: ada })).toHaveLength(10);
    expect(await findAll({ userId: ada, from: day(3, 0), to: day(5, 0) })).toHaveLength(2);
    expect(await findAll({ userId: ada, from: day(3, 0), to: "2020-05-05T00:00:00Z" })).toHaveLength(1 + 1);
    expect(await findAll({ ...window, type: "mail.sent" })).toHaveLength(10);
    expect(await findAll({ ...window, type: "mail.sent", from: day(9, 21) })).toHaveLength(1);
    expect(await findAll({ userId: ada, type: "mail.sent" })).toEqual([]);
    expect((await findAll({ operationId })).map(({ at }) => at)).toEqual([day(3, 20)]);
    expect(await findAll({ operationId, userId: ada })).toEqual([]);
    expect(await findAll({ ...window, type: "no.such" })).toEqual([]);
  });

  it("begin at their span, and leave its end out", async () => {
    const found = await findAll({ userId: ada, from: day(2, 0), to: day(4, 0) });
    expect(found.map(({ at }) => at)).toEqual([day(3, 0), day(2, 0)]);
    const mails = await findAll({ type: "mail.sent", from: day(9, 20), to: day(10, 20) });
    expect(mails.map(({ at }) => at)).toEqual([day(9, 20)]);
  });

  it("are of the last week when no time is asked for", async () => {
    const visitor = await signIn(system);
    await settled();
    const found = await findAll({ type: "session.opened" });
    expect(found.map(({ userId }) => userId)).toContain(visitor.userId);
    expect(found.map(({ at }) => at.slice(0, 4))).not.toContain("2020");
  });

  it("are exported as lines, the same as the pages", async () => {
    expect(await exported(window)).toEqual(await findAll(window));
    expect(await exported({ ...window, type: "no.such" })).toEqual([]);
  });

  it.each([
    ["cursor", { cursor: "x" }],
    ["cursor", { cursor: Buffer.from('{"source":"2020-99-99 mail.sent"}').toString("base64url") }],
    ["cursor", { cursor: Buffer.from('{"source":"user"}').toString("base64url") }],
    ["from", { from: "yesterday" }],
    ["userId", { userId: "ada" }],
  ])("are refused for what is no %s: %j", async (path, query) => {
    const answer = await ask(query);
    expect(wordsOf(answer)).toBe("400 validation_failed");
    expect(answer.body).toMatchObject({ errors: [{ path }] });
  });

  it("say that the table is down before the first line", async () => {
    system.tablesDown.add("audit");
    try {
      expect(wordsOf(await ask(window, ndjson))).toBe("503 service_unavailable");
    } finally {
      system.tablesDown.clear();
    }
  });
});

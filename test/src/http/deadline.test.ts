import { afterEach, describe, expect, it } from "@jest/globals";
import type { RecordedOutcome } from "@lanyard/contracts";
import { envelopes, outcomes } from "@lanyard/messaging";
import { eventually } from "@lanyard/messaging/testing";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";

const path = "/api/v2/auth/anonymous";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await inProcessSystem(options);
};
afterEach(() => system.stop());

const command = (): { operationId: string; replyTo: string; notAfter: string } => {
  const [message] = system.transport.held("identity");
  if (message === undefined) throw new Error("no command was sent");
  return JSON.parse(message.body);
};

/** A request that has been accepted, and how it goes on. */
async function asked(
  headers: Record<string, string> = {},
): Promise<{ answer: Promise<HttpAnswer>; isOver(): boolean }> {
  const { waiting } = system.gateway.counts();
  let over = false;
  const answer = system.call("POST", path, { headers });
  const end = (): void => {
    over = true;
  };
  answer.then(end, end);
  await eventually("the request waits", () => system.gateway.counts().waiting > waiting);
  await system.clock.settle();
  return { answer, isOver: () => over };
}
const failed = (operationId: string): RecordedOutcome => ({
  operationId,
  flow: { name: "createAnonymousSession", version: 1 },
  caller: { kind: "none" },
  outcome: { state: "failed", problem: { code: "operation_expired" } },
  finishedAt: new Date(system.clock.now()).toISOString(),
});
const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

describe("a request whose worker is away", () => {
  it("is answered 202 at its deadline, not before, and can be read later", async () => {
    await begin({ workers: ["session", "token"] });
    const { answer, isOver } = await asked();
    await system.clock.advance(9_999);
    expect(isOver()).toBe(false);
    await system.clock.advance(1);
    const pending = await answer;

    expect(pending.status).toBe(202);
    expect(system.gateway.counts().waiting).toBe(0);
    const { operationId, operationSecret } = pending.body as { operationId: string; operationSecret: string };
    await system.startWorker("identity");
    await eventually("the operation has ended", () => outcomes(system.table("operations")).read(operationId));
    const headers = { "x-operation-secret": operationSecret };
    const late = await system.call("GET", pending.headers["location"] ?? "", { headers });
    expect(late.body).toMatchObject({ status: "succeeded", result: { user: { kind: "anonymous" } } });
    // The reply came too, for nobody.
    await eventually("the inbox is empty", () => system.transport.held(inboxOf()).length === 0);
    expect((await system.call("POST", path)).status).toBe(201);
  });

  const inboxOf = (): string => {
    const [lease] = system.table("gateway").dump();
    return String(lease?.value["inbox"]);
  };

  it.each([
    ["wait=1", 1000],
    ['wait = "2", foo', 2000],
    ["respond-async, wait=3", 3000],
    ["wait=9999", 10_000],
    ["wait=x", 10_000],
  ])("waits as long as is preferred: %s", async (prefer, ms) => {
    await begin({ workers: [] });
    const { answer, isOver } = await asked({ prefer });
    await system.clock.advance(ms - 1);
    expect(isOver()).toBe(false);
    await system.clock.advance(1);

    expect((await answer).status).toBe(202);
  });
});

describe("a request whose reply is lost", () => {
  it("is answered from the recorded outcome after a second of silence", async () => {
    await begin();
    system.faults.loses = (queue) => queue.startsWith("inbox-");
    const { answer, isOver } = await asked();
    await eventually("the outcome stands", () => system.table("operations").dump().length === 1);
    await system.clock.advance(999);
    expect(isOver()).toBe(false);
    await system.clock.advance(1);

    expect((await answer).status).toBe(201);
  });

  it("is answered from the outcome at its deadline when it came later than that", async () => {
    await begin({ workers: [] });
    system.faults.loses = (queue) => queue.startsWith("inbox-");
    const { answer } = await asked();
    const { operationId } = command();
    await system.clock.advance(5000);
    await outcomes(system.table("operations")).record(failed(operationId));
    await system.clock.advance(5000);

    expect((await answer).body).toMatchObject({ code: "operation_expired" });
  });

  it("is answered 202 when the table does not answer either", async () => {
    await begin({ workers: [] });
    const { answer } = await asked();
    system.faults.tablesDown.add("operations");
    await system.clock.advance(10_000);

    expect((await answer).status).toBe(202);
  });
});

describe("a reply", () => {
  it("with an outcome that came too late for it is answered 504", async () => {
    await begin({ workers: [] });
    const { answer } = await asked();
    const { operationId, replyTo } = command();
    const reply = { kind: "reply", operationId, recorded: failed(operationId), traceparent } as const;
    await system.transport.send(replyTo, envelopes(system.derivation).inbox(reply));
    const { status, body } = await answer;

    expect([status, (body as { code: string }).code]).toEqual([504, "operation_expired"]);
  });

  it.each([
    ["without a MAC", {}],
    ["with another MAC", { mac: `k1.${Buffer.alloc(32).toString("base64url")}` }],
    ["with the MAC of a key that is not configured", { mac: `k9.${Buffer.alloc(32).toString("base64url")}` }],
  ])("%s is ignored", async (_, attributes) => {
    await begin({ workers: [] });
    const { answer, isOver } = await asked();
    const { operationId, replyTo } = command();
    const body = JSON.stringify({ kind: "reply", operationId, recorded: failed(operationId), traceparent });
    await system.transport.send(replyTo, { body, attributes });
    await eventually("it was taken", () => system.transport.held(replyTo).length === 0);
    expect(isOver()).toBe(false);
    await system.clock.advance(10_000);

    expect((await answer).status).toBe(202);
  });

  it("under the MAC of a command is ignored", async () => {
    await begin({ workers: [] });
    const { answer } = await asked();
    const { operationId, replyTo } = command();
    const body = JSON.stringify({ kind: "reply", operationId, recorded: failed(operationId), traceparent });
    await system.transport.send(replyTo, {
      body,
      attributes: { mac: system.derivation.mac("envelope-command", body) },
    });
    await system.clock.advance(10_000);

    expect((await answer).status).toBe(202);
  });

  it("that nobody waits for does no harm", async () => {
    await begin();
    await system.call("POST", path);
    const [lease] = system.table("gateway").dump();
    const inbox = String(lease?.value["inbox"]);
    const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
    const reply = { kind: "reply", operationId, recorded: failed(operationId), traceparent } as const;
    await system.transport.send(inbox, envelopes(system.derivation).inbox(reply));
    await eventually("it was taken", () => system.transport.held(inbox).length === 0);

    expect((await system.call("POST", path)).status).toBe(201);
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type JsonObject, queues } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { wordsOf } from "../support/visitor.ts";

const key = Buffer.alloc(32, 1).toString("base64url");
const headers = { authorization: `Bearer ${key}` };
const path = "/api/v2/admin/dead-letters";

let system: InProcessSystem;
beforeEach(async () => {
  system = await inProcessSystem({ settings: { opsKeys: [{ name: "deploy", hash: opsKeyHash(key) }] } });
});
afterEach(() => system.stop());

interface Letter {
  readonly reason: string;
  readonly genuine: boolean;
  readonly operationId?: string;
}
const ask = (method: string, at = "", more: object = {}) =>
  system.whileTimePasses(system.call(method, `${path}${at}`, { headers, ...more }));
const lettersOf = async (queue: string): Promise<readonly Letter[]> =>
  ((await ask("GET", `/${queue}`)).body as { readonly letters: readonly Letter[] }).letters;
const summaryOf = async (queue: string): Promise<JsonObject | undefined> =>
  ((await ask("GET")).body as { readonly queues: readonly JsonObject[] }).queues.find((one) => one["queue"] === queue);

/** Asks for a mail, and has what asks for it end among the dead letters of its queue, as if tried for hours in vain. */
async function deadRequest(email: string): Promise<string> {
  let operationId = "";
  system.faults.loses = (queue, message) => {
    if (queue !== "token") return false;
    const attributes = { ...message.attributes, deadLetterReason: "failed", receiveCount: "13" };
    void system.transport.send("token-dlq", { ...message, attributes });
    return true;
  };
  const { headers: answered } = await system.call("POST", "/api/v2/auth/otp", { json: { email } });
  operationId = answered["x-operation-id"] ?? "";
  system.faults.loses = () => false;
  await system.clock.advance(1);
  return operationId;
}
const eventsOf = (type: string) =>
  system.transport
    .published("events")
    .filter(({ attributes }) => attributes["type"] === type)
    .map(({ body }) => (JSON.parse(body) as { readonly data: unknown }).data);

describe("dead letters", () => {
  it("are none of any queue at first", async () => {
    expect((await ask("GET")).body).toEqual({ queues: queues.map((queue) => ({ queue, count: 0, reasons: {} })) });
    expect((await ask("GET", "/token")).body).toEqual({ queue: "token", count: 0, letters: [] });
  });

  it("are counted by their reasons, since the oldest", async () => {
    const oldestAt = new Date(system.clock.now()).toISOString();
    await deadRequest(`${randomUUID()}@example.com`);
    await system.clock.advance(5000);
    await deadRequest(`${randomUUID()}@example.com`);
    await system.transport.send("token-dlq", { body: "{}", attributes: {} });

    expect(await summaryOf("token")).toEqual({
      queue: "token",
      count: 3,
      oldestAt,
      reasons: { failed: 2, deliveries_exhausted: 1 },
    });
  });

  it("are shown with what they are, and without what is personal or sealed", async () => {
    const email = `${randomUUID()}@example.com`;
    const operationId = await deadRequest(email);
    const { body, text } = await ask("GET", "/token");

    expect(body).toMatchObject({
      queue: "token",
      count: 1,
      letters: [
        {
          reason: "failed",
          genuine: true,
          type: "token.createChallenge",
          operationId,
          flow: "requestChallenge/1",
          position: 0,
          input: { email: "[personal]", challengeKind: "email_otp" },
        },
      ],
    });
    expect(text).not.toContain(email.split("@")[0]);
    expect(text).not.toContain("127.0.0.1");
  });

  it("are still there when they were looked at", async () => {
    await deadRequest(`${randomUUID()}@example.com`);

    expect(await lettersOf("token")).toEqual(await lettersOf("token"));
  });

  it("of somebody else say nothing but that they are there", async () => {
    const forged = {
      body: JSON.stringify({ type: "secret words" }),
      attributes: { deadLetterReason: "\u001b[2J secret" },
    };
    await system.transport.send("token-dlq", forged);
    const { text } = await ask("GET", "/token");

    expect(await lettersOf("token")).toEqual([
      { messageId: expect.any(String), reason: "unreadable", sentAt: expect.any(String), bytes: 23, genuine: false },
    ]);
    expect(text).not.toContain("secret");
  });

  it("go back to their queue and are carried out", async () => {
    const emails = Array.from({ length: 3 }, () => `${randomUUID()}@example.com`);
    for (const email of emails) await deadRequest(email);
    const redriven = await ask("POST", "/token/redrive");

    expect(redriven).toMatchObject({ status: 202, body: { status: "pending" } });
    const { operationId } = redriven.body as { readonly operationId: string };
    await system.clock.advance(60_000);
    const operation = await system.call("GET", `/api/v2/admin/operations/${operationId}`, { headers });
    expect(operation.body).toMatchObject({ status: "succeeded", result: { queue: "token", moved: 3 } });
    expect(system.mails.map(({ to }) => to).toSorted()).toEqual(emails.toSorted());
    expect(await summaryOf("token")).toMatchObject({ count: 0 });
  });

  it("are moved once: what dies again at once stays", async () => {
    for (let count = 0; count < 15; count += 1)
      await system.transport.send("token-dlq", { body: "{}", attributes: {} });
    await system.clock.advance(1000);
    await ask("POST", "/token/redrive");
    await system.clock.advance(120_000);

    expect(await summaryOf("token")).toMatchObject({ count: 15, reasons: { mac_invalid: 15 } });
    expect(system.transport.held("token")).toEqual([]);
  });

  it("are moved by one operation for one Idempotency-Key", async () => {
    await deadRequest(`${randomUUID()}@example.com`);
    const again = { headers: { ...headers, "idempotency-key": randomUUID() } };
    const first = await ask("POST", "/token/redrive", again);
    const second = await ask("POST", "/token/redrive", again);

    expect(second.text).toBe(first.text);
    expect(eventsOf("operator.acted")).toEqual([
      { by: "key:deploy", action: "redriveDeadLetters", targets: ["token"] },
    ]);
  });

  it("are of queues that there are", async () => {
    expect(wordsOf(await ask("GET", "/tokens"))).toBe("404 queue_not_found");
    expect(wordsOf(await ask("POST", "/tokens/redrive"))).toBe("404 queue_not_found");
  });

  it("are not to be had while the queue is down", async () => {
    await deadRequest(`${randomUUID()}@example.com`);
    system.faults.queuesDown.add("token-dlq");

    expect(wordsOf(await ask("GET", "/token"))).toBe("503 service_unavailable");
    system.faults.queuesDown.clear();
  });
});

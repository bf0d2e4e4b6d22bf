import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createSnsClient, createSqsClient } from "@lanyard/aws";
import { awsTransport } from "@lanyard/messaging";
import { eventually } from "@lanyard/messaging/testing";
import type { Stack } from "@lanyard/scripts/stack";
import type { HttpAnswer } from "../support/http-call.ts";
import { gatewayOf, raceStack } from "../support/race-stack.ts";
import { refresh, seenBy, signIn, type Visitor, wordsOf } from "../support/visitor.ts";

/** From publishing to the topic until every gateway refuses. */
const WITHIN_MS = 1000;
const GATEWAYS = 3;
const GONE = "403 session_revoked operator";

let stack: Stack;
let gateways: readonly ReturnType<typeof gatewayOf>[];
let topic: Pick<ReturnType<typeof awsTransport>, "publish" | "depth">;
let close: () => void;

beforeAll(async () => {
  stack = await raceStack({ gateways: GATEWAYS });
  gateways = Array.from({ length: GATEWAYS }, (_, index) => gatewayAt(index));
  const client = (endpoint: string) => ({
    region: stack.env["AWS_REGION"] ?? "",
    endpoint: stack.env[endpoint] ?? "",
  });
  const sqs = createSqsClient(client("AWS_ENDPOINT_URL_SQS"));
  const sns = createSnsClient(client("AWS_ENDPOINT_URL_SNS"));
  topic = awsTransport({ sqs, sns, prefix: stack.env["LANYARD_PREFIX"] ?? "" });
  close = () => {
    sqs.destroy();
    sns.destroy();
  };
});
afterAll(async () => {
  close?.();
  await stack?.destroy();
});

const gatewayAt = (index: number) => gatewayOf(stack, index);
const asOperator = (path: string): Promise<HttpAnswer> =>
  gatewayAt(0).call("GET", `/api/v2/admin${path}`, {
    headers: { authorization: `Bearer ${stack.env["LANYARD_OPS_KEY"]}` },
  });
const published = (body: string): Promise<void> => topic.publish("andon-cord", { body, attributes: {} });
const seenEverywhere = (headers: Readonly<Record<string, string>>): Promise<string[]> =>
  Promise.all(gateways.map((gateway) => seenBy(gateway, headers)));
const cord = (given: object = {}): string =>
  JSON.stringify({
    version: 1,
    id: randomUUID(),
    scope: { kind: "all" },
    reason: "a drill",
    pulledBy: "ops@example.com",
    pulledAt: new Date().toISOString(),
    ...given,
  });

/** Waits until every gateway lets the visitor in, publishes, and says how long until none did. */
async function pulledAfter(visitor: Visitor, body: string): Promise<number> {
  expect(await seenEverywhere(visitor.bearer)).toEqual(gateways.map(() => "200"));
  const publishedAt = performance.now();
  await published(body);
  await eventually(
    "every gateway refuses",
    async () => (await seenEverywhere(visitor.bearer)).every((words) => words === GONE),
    { timeoutMs: 10_000, everyMs: 5 },
  );
  return performance.now() - publishedAt;
}

describe("a message on the topic of the andon cord", () => {
  it("ends every session in scope on all of three gateways within a second, also for X-User-ID, and no other", async () => {
    const one = await signIn(gatewayAt(0));
    const other = await signIn(gatewayAt(1));
    const id = randomUUID();

    const ms = await pulledAfter(one, cord({ id, scope: { kind: "user", userId: one.userId } }));

    process.stdout.write(`  ${ms.toFixed(0)} ms from the publish until ${GATEWAYS} gateways refused\n`);
    expect(ms).toBeLessThan(WITHIN_MS);
    expect(await seenEverywhere({ "x-user-id": one.userId })).toEqual(gateways.map(() => GONE));
    expect(wordsOf(await refresh(gatewayAt(2), one.refreshToken))).toBe("401 refresh_token_invalid");
    expect(await seenEverywhere(other.bearer)).toEqual(gateways.map(() => "200"));
    await eventually("the receipt is whole", async () => {
      const { body } = await asOperator(`/revocations/${id}`);
      const { state, gateways: heard } = body as { state: string; gateways: { known: number; confirmed: number } };
      return state === "done" && heard.known === GATEWAYS && heard.confirmed === GATEWAYS;
    });
    expect((await asOperator(`/revocations/${id}`)).body).toMatchObject({
      scope: { kind: "user", userId: one.userId },
      reason: "a drill",
      pulledBy: "ops@example.com",
      matched: 1,
      swept: 1,
    });
  });

  it("that comes again is the same pull: who signed in since lives on", async () => {
    const before = await signIn(gatewayAt(0));
    const body = cord();
    await pulledAfter(before, body);
    const since = await signIn(gatewayAt(1));
    const next = await signIn(gatewayAt(2));

    await published(body);
    // Later messages overtake no earlier one by more than this pull needs to stand everywhere.
    await pulledAfter(next, cord({ scope: { kind: "user", userId: next.userId } }));

    await eventually("both copies are dealt with", async () => (await topic.depth("andon-cord")) === 0);
    expect(await seenEverywhere(since.bearer)).toEqual(gateways.map(() => "200"));
    expect(await topic.depth("andon-cord-dlq")).toBe(0);
  });

  it("that nobody can read, or that is too old, is a dead letter with its reason, and ends nothing", async () => {
    const visitor = await signIn(gatewayAt(0));
    await published("pull!");
    await published(cord({ scope: { kind: "everyone" } }));
    await published(cord({ pulledAt: new Date(Date.now() - 16 * 60_000).toISOString() }));

    await eventually("three dead letters", async () => (await topic.depth("andon-cord-dlq")) === 3);
    const { body } = await asOperator("/dead-letters/andon-cord");
    const reasons = (body as { letters: { reason: string }[] }).letters.map(({ reason }) => reason);
    expect(reasons.toSorted()).toEqual(["not_json", "schema_invalid", "too_old"]);
    expect(await seenEverywhere(visitor.bearer)).toEqual(gateways.map(() => "200"));
    await eventually("each is on record", async () => {
      const { body: found } = await asOperator("/security-events?type=andon.refused");
      return (found as { events: unknown[] }).events.length === 3;
    });
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ANDON_CORD, type CordMessage, deadLetterQueueOf, type JsonObject } from "@lanyard/contracts";
import { envelopes } from "@lanyard/messaging";
import { accountFrom, andonSystem, everywhere, operator, receipt, visitorFrom } from "../support/andon.ts";
import type { InProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import type { Visitor } from "../support/visitor.ts";

const DEAD = deadLetterQueueOf(ANDON_CORD);
const gone = "403 session_revoked operator";
const MINUTE_MS = 60_000;

let system: InProcessSystem;
let visitor: Visitor;
let account: Visitor;
beforeEach(async () => {
  system = await andonSystem({ settings: { alarmScope: { kind: "accounts" } } });
  visitor = await visitorFrom(system, "198.51.100.1");
  account = await accountFrom(system, "203.0.113.1");
});
afterEach(() => system.stop());

const pullNow = (change: Partial<CordMessage> = {}): CordMessage => ({
  version: 1,
  id: randomUUID(),
  scope: { kind: "anonymous" },
  reason: "Visitors made by a script",
  pulledBy: "on-call",
  pulledAt: new Date(system.clock.now()).toISOString(),
  ...change,
});
/** As operations publish it: raw, and without anything that this deployment could vouch for. */
const publish = (said: object | string): Promise<void> =>
  system.transport.publish(ANDON_CORD, {
    body: typeof said === "string" ? said : JSON.stringify(said),
    attributes: {},
  });
const alarm = (NewStateValue: string) => ({
  AlarmName: "refresh-reuse",
  AlarmDescription: null,
  AlarmArn: "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:refresh-reuse",
  NewStateValue,
  NewStateReason: "Threshold Crossed: 1 datapoint [42.0]",
  OldStateValue: "OK",
  StateChangeTime: new Date(system.clock.now()).toISOString().replace("Z", "+0000"),
  Trigger: { MetricName: "reuse" },
});
const seen = async () => [await everywhere(system, visitor.bearer), await everywhere(system, account.bearer)];
const eventsOf = (type: string) =>
  system.transport
    .published("events")
    .map((sent) => envelopes(system.derivation).readEvent(sent))
    .filter((event) => event.type === type);
const pulls = async (): Promise<readonly JsonObject[]> => {
  const { body } = await system.call("GET", "/api/v2/admin/revocations", { headers: operator });
  return (body as { readonly revocations: readonly JsonObject[] }).revocations;
};

describe("a message on the topic of the andon cord", () => {
  it("ends the sessions in its scope on every gateway, and has a receipt under its own id", async () => {
    const message = pullNow();
    expect(await seen()).toEqual(["200", "200"]);
    await publish(message);
    await system.clock.settle();

    expect(await seen()).toEqual([gone, "200"]);
    await settled(system);
    expect(eventsOf("operator.acted")).toEqual([]);
    const { body } = await receipt(system, message.id);
    expect(body).toMatchObject({
      revocationId: message.id,
      state: "done",
      number: 1,
      scope: { kind: "anonymous" },
      reason: message.reason,
      pulledBy: "on-call",
      matched: 1,
      swept: 1,
      gateways: { known: 3, confirmed: 3 },
    });
    expect(eventsOf("andon.pulled").map(({ data }) => data)).toEqual([
      expect.objectContaining({ revocationId: message.id, pulledBy: "on-call", pulledAt: message.pulledAt }),
    ]);
  });

  it("is one pull however often it is published, in whichever case its id is written", async () => {
    const message = pullNow();
    for (const id of [message.id, message.id.toUpperCase(), message.id]) {
      await publish({ ...message, id });
      await system.clock.advance(1000);
    }
    await settled(system);
    const later = await visitorFrom(system, "198.51.100.2");
    await publish(message);
    await settled(system);

    expect(await everywhere(system, later.bearer)).toBe("200");
    expect((await pulls()).map(({ number }) => number)).toEqual([1]);
    expect(new Set(eventsOf("andon.pulled").map(({ time, data }) => JSON.stringify([time, data]))).size).toBe(1);
  });

  it("pulls when the session worker's queue is back, however long that took", async () => {
    // No access token lasts as long as this.
    const byId = () => everywhere(system, { "x-user-id": visitor.userId });
    system.faults.queuesDown.add("session");
    const message = pullNow();
    await publish(message);
    await system.clock.advance(20 * MINUTE_MS);
    expect(system.gateways.map(({ gateway }) => gateway.missing())).toEqual([[], [], []]);
    expect(system.gateways.some(({ gateway }) => gateway.counts().isCordPaused)).toBe(true);
    expect(await byId()).toBe("200");
    system.faults.queuesDown.clear();
    await settled(system, [ANDON_CORD, "session"]);

    expect(await byId()).toBe(gone);
    expect(system.gateways.some(({ gateway }) => gateway.counts().isCordPaused)).toBe(false);
    expect(system.transport.held(DEAD)).toEqual([]);
    expect((await pulls()).map(({ revocationId }) => revocationId)).toEqual([message.id]);
  });

  it("pulls for an alarm what is configured, once for each time that it went off", async () => {
    const off = alarm("ALARM");
    await publish(off);
    await publish({ ...off, NewStateReason: "in other words" });
    await publish(alarm("OK"));
    await settled(system);

    expect(await seen()).toEqual(["200", gone]);
    expect(await pulls()).toEqual([
      expect.objectContaining({
        scope: { kind: "accounts" },
        pulledBy: "cloudwatch:refresh-reuse",
        reason: expect.stringMatching(/^refresh-reuse: /),
      }),
    ]);
    expect(system.transport.held(DEAD)).toEqual([]);
  });
});

describe("a message on the topic that pulls nothing", () => {
  it.each([
    ["not_json", () => "pull it!"],
    ["schema_invalid", () => pullNow({ scope: { kind: "everyone" } as never })],
    ["too_old", () => pullNow({ pulledAt: new Date(system.clock.now() - 15 * MINUTE_MS - 1).toISOString() })],
    ["in_the_future", () => pullNow({ pulledAt: new Date(system.clock.now() + MINUTE_MS + 1).toISOString() })],
  ])("is a dead letter at once, with one event that says why: %s", async (why, said) => {
    await publish(said());
    await settled(system, [ANDON_CORD, "audit"]);

    expect(await seen()).toEqual(["200", "200"]);
    expect(eventsOf("andon.refused").map(({ data }) => data)).toEqual([{ messageId: expect.any(String), why }]);
    const letters = await system.whileTimePasses(
      system.call("GET", `/api/v2/admin/dead-letters/${ANDON_CORD}`, { headers: operator }),
    );
    expect(letters.body).toMatchObject({ count: 1, letters: [{ reason: why, genuine: false }] });
    expect(await pulls()).toEqual([]);
  });

  it("is as much too old when an operator redrives it", async () => {
    await publish(pullNow({ pulledAt: new Date(system.clock.now() - 15 * MINUTE_MS - 1).toISOString() }));
    await settled(system, [ANDON_CORD]);
    await system.clock.advance(1);
    const path = `/api/v2/admin/dead-letters/${ANDON_CORD}/redrive`;
    expect((await system.call("POST", path, { headers: operator, json: {} })).status).toBe(202);
    await system.clock.advance(10_000);
    await settled(system, [ANDON_CORD, "identity"]);

    expect(eventsOf("andon.refused").map(({ data }) => data["why"])).toEqual(["too_old", "too_old"]);
    expect(system.transport.held(DEAD)).toHaveLength(1);
    expect(await seen()).toEqual(["200", "200"]);
  });
});

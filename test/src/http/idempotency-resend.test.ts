import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { askWithKey, letterOf, operationOf, usersOf } from "../support/keyed-sign-in.ts";
import { tokensOf, wordsOf } from "../support/visitor.ts";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await inProcessSystem(options);
};
afterEach(() => system.stop());

const ask = (
  key: string,
  { at = system, headers = {} }: { at?: Pick<InProcessSystem, "call">; headers?: Record<string, string> } = {},
) => askWithKey(at, key, headers);
const users = (): number => usersOf(system);

describe("an operation that was bound, and whose command was perhaps never sent", () => {
  /** As if the gateway had died between the two. */
  const bound = async (key: string): Promise<{ operationId: string; receivedAt: number }> => {
    system.faults.queuesDown.add("identity");
    const receivedAt = system.clock.now();
    const refused = await ask(key, { headers: { "user-agent": "the first" } });
    expect(refused.status).toBe(503);
    system.faults.queuesDown.clear();
    return { operationId: operationOf(refused), receivedAt };
  };

  it("is under way for two seconds, and then sent again as it was", async () => {
    await begin({ gateways: 2, workers: ["session", "token"] });
    const key = randomUUID();
    const { operationId, receivedAt } = await bound(key);
    await system.clock.advance(2000);
    const early = await ask(key);
    expect(wordsOf(early)).toBe("409 operation_in_progress");
    expect(operationOf(early)).toBe(operationId);
    expect(system.transport.held("identity")).toEqual([]);
    await system.clock.advance(1);
    const again = ask(key, { at: system.gateways[1] ?? system, headers: { "user-agent": "the second" } });
    await eventually("it was sent", () => system.transport.held("identity").length === 1);

    const [message] = system.transport.held("identity");
    expect(JSON.parse(message?.body ?? "")).toMatchObject({
      operationId,
      receivedAt: new Date(receivedAt).toISOString(),
      client: { userAgent: "the first" },
    });
    await system.startWorker("identity");
    const answer = await again;
    expect([answer.status, operationOf(answer)]).toEqual([201, operationId]);
    expect(letterOf(await ask(key))).toEqual(letterOf(answer));
    expect(users()).toBe(1);
  });

  it("is one visitor for all who send it again at once, and each hears of it as it ends", async () => {
    await begin({ workers: ["session", "token"] });
    const key = randomUUID();
    await bound(key);
    await system.clock.advance(2001);
    const answers = Array.from({ length: 5 }, () => ask(key));
    await eventually("all are sent", () => system.transport.held("identity").length === 5);
    const before = system.clock.now();
    await system.startWorker("identity");
    const letters = (await Promise.all(answers)).map((answer) => JSON.stringify(letterOf(answer)));

    expect(new Set(letters).size).toBe(1);
    expect(system.clock.now()).toBe(before);
    expect(system.gateway.counts().waiting).toBe(0);
    expect(users()).toBe(1);
    const bodies = system.transport.published("events").map(({ body }) => body);
    expect(new Set(bodies).size).toBe(2);
  });
});

describe("a key bound before the derivation keys were rotated", () => {
  it.each([
    ["added at the end", ["k1"], ["k1", "k2"]],
    ["made current", ["k1", "k2"], ["k2", "k1"]],
    ["made current, with a name that sorts first", ["k1", "k0"], ["k0", "k1"]],
    ["and added as current at once", ["k1"], ["k0", "k1"]],
  ])("stands for the same operation: a key was %s", async (_, before, after) => {
    await begin({ gateways: 2, derivationKids: [before, after] });
    const key = randomUUID();
    const first = await ask(key);
    const replay = await ask(key, { at: system.gateways[1] ?? system });

    expect(letterOf(replay)).toEqual(letterOf(first));
    expect(users()).toBe(1);
  });

  it("is bound once also while gateways differ in which is current", async () => {
    await begin({
      gateways: 2,
      derivationKids: [
        ["k1", "k2"],
        ["k2", "k1"],
      ],
    });
    for (let round = 0; round < 5; round += 1) {
      const key = randomUUID();
      const answers = await Promise.all(
        [0, 1, 0, 1].map((index) => ask(key, { at: system.gateways[index] ?? system })),
      );
      expect(new Set(answers.map(operationOf)).size).toBe(1);
    }

    expect(users()).toBe(5);
  });

  it("derives the same visitor when its command is sent again under other keys", async () => {
    await begin({ gateways: 2, derivationKids: [["k1"], ["k2", "k1"]], workers: ["session", "token"] });
    const key = randomUUID();
    const lost = ask(key);
    await eventually("it was sent", () => system.transport.held("identity").length === 1);
    await system.clock.advance(2001);
    const again = ask(key, { at: system.gateways[1] ?? system });
    await eventually("it was sent again", () => system.transport.held("identity").length === 2);
    await system.startWorker("identity");
    const [one, other] = await Promise.all([lost, again]);

    expect(letterOf(other)).toEqual(letterOf(one));
    expect(users()).toBe(1);
    expect(tokensOf(one)).toEqual(tokensOf(other));
  });
});

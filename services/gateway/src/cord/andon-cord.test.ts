import { afterEach, describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { ANDON_CORD, type CordMessage, type RevocationScope } from "@lanyard/contracts";
import {
  envelopes,
  isOperationOf,
  type MemoryTransport,
  memoryTransport,
  outcomes,
  receivedAtOf,
  retryDelaySeconds,
  type Transport,
} from "@lanyard/messaging";
import { type VirtualClock, virtualClock } from "@lanyard/messaging/testing";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { dispatcher } from "../operations/dispatcher.ts";
import { recordingLog } from "../testing/recording-log.ts";
import { AndonCord } from "./andon-cord.ts";
import { takeCordMessage } from "./take-cord-message.ts";

const DEAD = `${ANDON_CORD}-dlq`;
const DAY_MS = 24 * 3600_000;
const keyring = parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`);
const derived = derivation(keyring);
const sealed = envelopes(derived);
const started: { stop(): Promise<void>; clock: VirtualClock }[] = [];

afterEach(async () => {
  for (const { stop, clock } of started.splice(0)) {
    let isOver = false;
    const stopping = stop().then(() => (isOver = true));
    while (!isOver) await clock.advance(1000);
    await stopping;
  }
});

/** The calls of the transport that fail, as their dependency does while it is down. */
type Down = Set<"send session" | "send dead letter" | "publish" | "delete" | "probe session">;

function bench({ alarmScope }: { readonly alarmScope?: RevocationScope } = {}) {
  const clock = virtualClock();
  const memory = memoryTransport({
    clock,
    queues: ["session", ANDON_CORD, DEAD],
    topics: ["events", ANDON_CORD],
    subscriptions: [{ topic: ANDON_CORD, queue: ANDON_CORD }],
  });
  const down: Down = new Set();
  const unless = (call: Down extends Set<infer Call> ? Call : never, dependency: "sqs" | "sns"): void => {
    if (down.has(call)) throw new DependencyUnavailable(dependency, new Error("down"));
  };
  const order: string[] = [];
  const noting = async (what: string, call: Promise<void>): Promise<void> => {
    await call;
    order.push(what);
  };
  const transport: Transport = {
    ...memory,
    async send(queue, message) {
      unless(queue === "session" ? "send session" : "send dead letter", "sqs");
      await noting(`send ${queue}`, memory.send(queue, message));
    },
    async publish(topic, message) {
      unless("publish", "sns");
      await noting(`publish ${topic}`, memory.publish(topic, message));
    },
    async delete(queue, receiptHandle) {
      unless("delete", "sqs");
      await noting(`delete ${queue}`, memory.delete(queue, receiptHandle));
    },
    async probe(queue) {
      if (queue === "session") unless("probe session", "sqs");
      await memory.probe(queue);
    },
  };
  const { log, lines } = recordingLog();
  /** Another gateway on the same queues; one that dies calls nothing any more. */
  const start = ({ diesAtDelete = false } = {}): AndonCord => {
    let isDead = false;
    const alive = new Proxy(transport, {
      get:
        (target, name: keyof Transport) =>
        (...given: readonly unknown[]): unknown => {
          isDead ||= diesAtDelete && name === "delete";
          return isDead ? new Promise(() => {}) : (target[name] as (...given: readonly unknown[]) => unknown)(...given);
        },
    });
    const commands = dispatcher({
      transport: alive,
      outcomes: outcomes(memoryItemStore()),
      envelopes: sealed,
      derivation: derived,
      sealing: sealing(keyring),
      clock,
      log,
      inbox: () => "inbox-1",
    });
    const cord = new AndonCord({
      transport: alive,
      clock,
      log,
      take: takeCordMessage({
        dispatcher: commands,
        transport,
        envelopes: sealed,
        derivation: derived,
        brokerNow: clock.now,
        log,
        alarmScope,
      }),
      waitSeconds: 20,
    });
    cord.start();
    started.push({ stop: () => cord.stop(), clock });
    return cord;
  };
  return { clock, memory, down, order, lines, start };
}

const id = "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90";
const messageAt = (ms: number, change: Partial<CordMessage> = {}): CordMessage => ({
  version: 1,
  id,
  scope: { kind: "anonymous" },
  reason: "Visitors made by a script",
  pulledBy: "on-call",
  pulledAt: new Date(ms).toISOString(),
  ...change,
});
const published = (memory: MemoryTransport, said: object | string): Promise<void> =>
  memory.publish(ANDON_CORD, { body: typeof said === "string" ? said : JSON.stringify(said), attributes: {} });
const commandsOf = (memory: MemoryTransport) => memory.held("session").map((sent) => sealed.readCommand(sent));
const eventsOf = (memory: MemoryTransport) => memory.published("events").map((sent) => sealed.readEvent(sent));

describe("a gateway's share in the andon cord", () => {
  it("makes a command of what is published, then deletes the message", async () => {
    const { clock, memory, order, start } = bench();
    start();
    const publishedAt = clock.now();
    const message = messageAt(publishedAt - 1000);
    await published(memory, message);
    await clock.settle();

    const { version: _, id: revocationId, ...said } = message;
    expect(order).toEqual(["send session", `delete ${ANDON_CORD}`]);
    expect(commandsOf(memory)).toEqual([
      expect.objectContaining({
        type: "session.revokeInBulk",
        flow: { name: "revokeInBulk", version: 1 },
        input: { ...said, revocationId },
        caller: { kind: "none" },
        replyTo: null,
        progress: false,
      }),
    ]);
    const [{ operationId = "" } = {}] = commandsOf(memory);
    expect(receivedAtOf(operationId)).toBe(publishedAt);
    expect(isOperationOf(derived, operationId, { kind: "none" })).toBe(true);
    expect(memory.held(ANDON_CORD)).toEqual([]);
    expect([memory.held(DEAD), memory.published("events")]).toEqual([[], []]);
  });

  it("makes one operation of a message that is delivered five times", async () => {
    const { clock, memory, down, start } = bench();
    start();
    start();
    down.add("delete");
    await published(memory, messageAt(clock.now()));
    while (memory.held("session").length < 4) await clock.advance(1000);
    down.clear();
    await clock.advance(30_000);

    const sent = commandsOf(memory);
    expect([sent.length, memory.held(ANDON_CORD)]).toEqual([5, []]);
    expect(new Set(sent.map(({ operationId }) => operationId)).size).toBe(1);
    expect(new Set(sent.map(({ input }) => JSON.stringify(input))).size).toBe(1);
    expect(new Set(sent.map(({ traceparent }) => traceparent)).size).toBe(1);
  });

  it("makes other operations of other ids, and of the same id published again", async () => {
    const { clock, memory, start } = bench();
    start();
    await published(memory, messageAt(clock.now()));
    await published(memory, messageAt(clock.now(), { id: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d" }));
    await clock.advance(1000);
    await published(memory, messageAt(clock.now()));
    await clock.settle();

    expect(new Set(commandsOf(memory).map(({ operationId }) => operationId)).size).toBe(3);
  });

  it("leaves the message to another gateway when it dies between sending and deleting", async () => {
    const { clock, memory, start } = bench();
    start({ diesAtDelete: true });
    await published(memory, messageAt(clock.now()));
    await clock.settle();
    expect([memory.held("session").length, memory.held(ANDON_CORD).length]).toEqual([1, 1]);
    start();
    await clock.advance(30_000);

    const [first, second, ...others] = commandsOf(memory);
    expect(second?.operationId).toBe(first?.operationId);
    expect(others).toEqual([]);
    expect(memory.held(ANDON_CORD)).toEqual([]);
  });

  it("waits while the session worker's queue is down, says so, and loses nothing", async () => {
    const { clock, memory, down, lines, start } = bench();
    const cord = start();
    down.add("send session").add("probe session");
    await published(memory, messageAt(clock.now()));
    await clock.advance(3600_000);

    expect(cord.isPaused).toBe(true);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "warn", fields: { queue: ANDON_CORD, dependency: "sqs" } }),
    );
    expect([memory.held(ANDON_CORD).length, memory.held(DEAD)]).toEqual([1, []]);
    down.clear();
    await clock.advance(10_000);
    expect(cord.isPaused).toBe(false);
    expect(commandsOf(memory)).toHaveLength(1);
    expect(memory.held(ANDON_CORD)).toEqual([]);
  });

  it("waits for a queue that is not there yet", async () => {
    const { clock, memory, start } = bench();
    await memory.deleteQueue("session");
    const cord = start();
    await published(memory, messageAt(clock.now()));
    await clock.advance(60_000);
    expect([cord.isPaused, memory.held(ANDON_CORD).length]).toEqual([true, 1]);
    await memory.createQueue("session", { retentionSeconds: 60, visibilitySeconds: 30 });
    await clock.advance(10_000);

    expect(commandsOf(memory)).toHaveLength(1);
  });

  it("pulls what has waited for days, and gives it its day", async () => {
    const { clock, memory, start } = bench();
    const publishedAt = clock.now();
    await published(memory, messageAt(publishedAt - 15 * 60_000));
    await clock.advance(3 * DAY_MS);
    const takenAt = clock.now();
    start();
    await clock.settle();

    const [command] = commandsOf(memory);
    expect(receivedAtOf(command?.operationId ?? "")).toBe(publishedAt);
    expect(command?.notAfter).toBe(new Date(takenAt + DAY_MS).toISOString());
  });

  it("pulls for an alarm what is configured, and drops an alarm that is over", async () => {
    const { clock, memory, start } = bench({ alarmScope: { kind: "accounts" } });
    start();
    const alarm = {
      AlarmName: "a",
      AlarmArn: "arn:a",
      NewStateReason: "",
      StateChangeTime: new Date(clock.now()).toISOString().replace("Z", "+0000"),
    };
    for (const NewStateValue of ["ALARM", "OK"]) await published(memory, { ...alarm, NewStateValue });
    await clock.settle();

    expect(commandsOf(memory).map(({ input }) => input["scope"])).toEqual([{ kind: "accounts" }]);
    for (const queue of [ANDON_CORD, DEAD]) expect(memory.held(queue)).toEqual([]);
    expect(memory.published("events")).toEqual([]);
  });
});

describe("a message that pulls nothing", () => {
  it("is told as one event, and then a dead letter with the reason", async () => {
    const { clock, memory, order, start } = bench();
    start();
    const publishedAt = clock.now();
    await published(memory, "pull it!");
    await clock.settle();

    expect(order).toEqual(["publish events", `send ${DEAD}`, `delete ${ANDON_CORD}`]);
    expect(memory.held(DEAD)).toEqual([
      { body: "pull it!", attributes: expect.objectContaining({ deadLetterReason: "not_json" }) },
    ]);
    expect(eventsOf(memory)).toEqual([
      expect.objectContaining({
        type: "andon.refused",
        source: "lanyard/gateway",
        time: new Date(publishedAt).toISOString(),
        data: { messageId: expect.any(String), why: "not_json" },
      }),
    ]);
    expect(memory.held("session")).toEqual([]);
    expect(isOperationOf(derived, eventsOf(memory)[0]?.operationid ?? "", { kind: "none" })).toBe(true);
  });

  it("says the same each time it comes", async () => {
    const { clock, memory, down, start } = bench();
    start();
    down.add("send dead letter");
    await published(memory, "pull it!");
    await clock.advance(10_000);
    expect(eventsOf(memory).length).toBeGreaterThan(1);
    expect(memory.held(DEAD)).toEqual([]);
    down.clear();
    await clock.advance(1000 * retryDelaySeconds(20));

    expect(memory.held(DEAD)).toHaveLength(1);
    expect(new Set(eventsOf(memory).map((event) => JSON.stringify(event))).size).toBe(1);
  });

  it("is no dead letter before it is told, and holds up no pull meanwhile", async () => {
    const { clock, memory, down, start } = bench();
    start();
    down.add("publish");
    await published(memory, messageAt(clock.now(), { pulledAt: "2020-01-01T00:00:00Z" }));
    await clock.advance(60_000);
    await published(memory, messageAt(clock.now()));
    await clock.advance(5000);
    expect(commandsOf(memory)).toHaveLength(1);
    expect([memory.held(ANDON_CORD).length, memory.held(DEAD)]).toEqual([1, []]);
    down.clear();
    await clock.advance(1000 * retryDelaySeconds(20));

    expect(memory.held(DEAD).map(({ attributes }) => attributes["deadLetterReason"])).toEqual(["too_old"]);
    expect(eventsOf(memory)).toHaveLength(1);
  });
});

describe("a gateway that stops", () => {
  it("takes nothing afterwards, also when it was stopped before it had started", async () => {
    const { clock, memory, start } = bench();
    const cord = start();
    const stopping = cord.stop();
    await clock.advance(20_000);
    await stopping;
    expect(() => cord.start()).not.toThrow();
    await published(memory, messageAt(clock.now()));
    await clock.advance(60_000);

    expect(memory.held(ANDON_CORD)).toHaveLength(1);
    expect(cord.isPaused).toBe(false);
  });
});

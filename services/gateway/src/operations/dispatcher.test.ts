import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { type Flow, flows, type ProgressMessage, type RecordedOutcome } from "@lanyard/contracts";
import { envelopes, memoryTransport, type OutgoingMessage, outcomes, type ReceivedMessage } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { recordingLog } from "../testing/recording-log.ts";
import { type DispatcherOptions, dispatcher, type Submission } from "./dispatcher.ts";
import { newOperationId } from "./operation-id.ts";

const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

/** A dispatcher whose worker is the test. */
function bench(options: Partial<DispatcherOptions> = {}) {
  const keyring = parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`);
  const clock = virtualClock();
  const derived = derivation(keyring);
  const written = envelopes(derived);
  const table = memoryItemStore();
  const transport = memoryTransport({ clock, queues: ["identity", "inbox-1"], topics: [] });
  const recorded = outcomes(table);
  const { log, lines } = recordingLog();
  const desk = dispatcher({
    transport,
    outcomes: recorded,
    envelopes: written,
    derivation: derived,
    sealing: sealing(keyring),
    clock,
    log,
    inbox: () => "inbox-1",
    ...options,
  });
  let made = 0;
  const submission = (change: Partial<Submission> = {}): Submission => {
    made += 1;
    return {
      operationId: newOperationId(derived, { kind: "none" }, clock.now(), new Uint8Array(10).fill(made)),
      flow: flows.createAnonymousSession,
      input: {},
      caller: { kind: "none" },
      client: { ip: "192.0.2.1" },
      receivedAt: clock.now(),
      traceparent,
      ...change,
    };
  };
  const outcomeOf = (operationId: string): RecordedOutcome => ({
    operationId,
    flow: { name: "createAnonymousSession", version: 1 },
    caller: { kind: "none" },
    outcome: { state: "failed", problem: { code: "operation_expired" } },
    finishedAt: new Date(clock.now()).toISOString(),
  });
  const deliver = (message: Pick<OutgoingMessage, "body" | "attributes">) =>
    desk.receive({ ...message, messageId: "m", receiptHandle: "r", receiveCount: 1, sentAt: 0 } as ReceivedMessage);
  const reply = (operationId: string) =>
    deliver(written.inbox({ kind: "reply", operationId, recorded: outcomeOf(operationId), traceparent }));
  const progress = (operationId: string, position: number) =>
    deliver(written.inbox({ kind: "progress", operationId, step: "session.open", position, of: 3, traceparent }));
  return { desk, clock, transport, recorded, lines, submission, outcomeOf, deliver, reply, progress };
}

/** Whether a promise has settled, asked at any time. */
function watched<T>(promise: Promise<T>): { readonly promise: Promise<T>; isSettled(): boolean } {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  return { promise, isSettled: () => settled };
}

const counted = <T>(answer: () => Promise<T>) => {
  const calls = { count: 0 };
  return { calls, read: async () => ((calls.count += 1), answer()) };
};

describe("a submission", () => {
  it("becomes the first command of its flow", async () => {
    const { desk, transport, submission } = bench();
    const asked = submission({ onProgress: () => {} });
    await desk.submit(asked);
    const [sent] = transport.held("identity");

    expect(JSON.parse(sent?.body ?? "")).toMatchObject({
      type: "identity.createAnonymousUser",
      operationId: asked.operationId,
      flow: { name: "createAnonymousSession", version: 1 },
      position: 0,
      outputs: [],
      replyTo: "inbox-1",
      progress: true,
    });
  });

  it("asks for no reply while there is no inbox, and for no progress that nobody wants", async () => {
    const { desk, transport, submission } = bench({ inbox: () => undefined });
    await desk.submit(submission());

    expect(JSON.parse(transport.held("identity")[0]?.body ?? "")).toMatchObject({ replyTo: null, progress: false });
  });

  it.each([
    ["down", () => Promise.reject(new DependencyUnavailable("sqs", new Error("down")))],
    ["denied", () => Promise.reject(new TypeError("denied"))],
  ])("that the queue does not take is thrown, and nobody waits for it: %s", async (_, send) => {
    const { transport } = bench();
    const { desk, submission } = bench({ transport: { ...transport, send } });

    await expect(desk.submit(submission())).rejects.toThrow();
    expect(desk.waiting()).toBe(0);
  });

  it("that the queue never answers is thrown after a while", async () => {
    const { transport } = bench();
    const { desk, clock, submission } = bench({
      transport: { ...transport, send: () => new Promise(() => {}) },
      acknowledgeMs: 3000,
    });
    const submitted = watched(desk.submit(submission()));
    await clock.advance(2999);
    expect(submitted.isSettled()).toBe(false);
    await clock.advance(1);

    await expect(submitted.promise).rejects.toBeInstanceOf(DependencyUnavailable);
    expect(desk.waiting()).toBe(0);
  });

  it("of a flow without steps is a mistake of ours", async () => {
    const { desk, submission } = bench();
    const empty: Flow = { ...flows.createAnonymousSession, steps: [] };

    await expect(desk.submit(submission({ flow: empty }))).rejects.toThrow(TypeError);
    expect(desk.waiting()).toBe(0);
  });
});

describe("an outcome", () => {
  it("comes by reply, at once, also when the reply overtakes the question", async () => {
    const { desk, submission, reply, outcomeOf } = bench();
    const asked = submission();
    const accepted = await desk.submit(asked);
    expect(await reply(asked.operationId)).toEqual({ kind: "delete" });

    expect(await accepted.outcomeWithin(10_000)).toEqual(outcomeOf(asked.operationId));
    expect(desk.waiting()).toBe(0);
  });

  it("is not read from the table while a reply may come, and once after a second of silence", async () => {
    const { calls, read } = counted(async () => undefined);
    const { desk, clock, submission, reply } = bench({ outcomes: { read, record: async (given) => given } });
    const asked = submission();
    const waiting = watched((await desk.submit(asked)).outcomeWithin(10_000));
    await clock.advance(999);
    expect(calls.count).toBe(0);
    await clock.advance(8000);
    expect(calls.count).toBe(1);
    await reply(asked.operationId);

    expect((await waiting.promise)?.operationId).toBe(asked.operationId);
    await clock.advance(10_000);
    expect(calls.count).toBe(1);
  });

  it("is what the table says after a second of silence", async () => {
    const { desk, clock, submission, recorded, outcomeOf } = bench();
    const asked = submission();
    const waiting = watched((await desk.submit(asked)).outcomeWithin(10_000));
    await recorded.record(outcomeOf(asked.operationId));
    await clock.advance(999);
    expect(waiting.isSettled()).toBe(false);
    await clock.advance(1);

    expect((await waiting.promise)?.operationId).toBe(asked.operationId);
  });

  it("is read a last time at the end", async () => {
    const { desk, clock, submission, recorded, outcomeOf } = bench();
    const asked = submission();
    const waiting = watched((await desk.submit(asked)).outcomeWithin(5000));
    await clock.advance(2000);
    await recorded.record(outcomeOf(asked.operationId));
    await clock.advance(2999);
    expect(waiting.isSettled()).toBe(false);
    await clock.advance(1);

    expect((await waiting.promise)?.operationId).toBe(asked.operationId);
  });

  it.each([1, 500, 1000, 5000])("that does not come within %d ms is none", async (ms) => {
    const { desk, clock, submission } = bench();
    const waiting = watched((await desk.submit(submission())).outcomeWithin(ms));
    await clock.advance(ms - 1);
    expect(waiting.isSettled()).toBe(false);
    await clock.advance(1);

    expect(await waiting.promise).toBeUndefined();
    expect(desk.waiting()).toBe(0);
  });

  it("is not even looked for when nobody wants to wait", async () => {
    const { calls, read } = counted(async () => undefined);
    const { desk, submission } = bench({ outcomes: { read, record: async (given) => given } });

    expect(await (await desk.submit(submission())).outcomeWithin(0)).toBeUndefined();
    expect([calls.count, desk.waiting()]).toEqual([0, 0]);
  });

  it("is none as soon as nobody waits any more", async () => {
    const { desk, clock, submission } = bench();
    const hangUp = new AbortController();
    const waiting = watched((await desk.submit(submission())).outcomeWithin(10_000, hangUp.signal));
    await clock.advance(500);
    expect(waiting.isSettled()).toBe(false);
    hangUp.abort();

    expect(await waiting.promise).toBeUndefined();
    expect(desk.waiting()).toBe(0);
    expect(await (await desk.submit(submission())).outcomeWithin(10_000, hangUp.signal)).toBeUndefined();
  });

  it("is waited for no longer because a table is slow", async () => {
    const { desk, clock, submission } = bench({
      outcomes: { read: () => new Promise(() => {}), record: async (given) => given },
    });
    const waiting = watched((await desk.submit(submission())).outcomeWithin(5000));
    await clock.advance(5999);
    expect(waiting.isSettled()).toBe(false);
    await clock.advance(1);

    expect(await waiting.promise).toBeUndefined();
  });

  it("that comes by reply while a slow table is being read is taken", async () => {
    const { desk, clock, submission, reply } = bench({
      outcomes: { read: () => new Promise(() => {}), record: async (given) => given },
    });
    const asked = submission();
    const waiting = watched((await desk.submit(asked)).outcomeWithin(5000));
    await clock.advance(1500);
    await reply(asked.operationId);

    expect((await waiting.promise)?.operationId).toBe(asked.operationId);
  });

  it("is none, and no error, when the table is down", async () => {
    const { desk, clock, submission, lines } = bench({
      outcomes: { read: () => Promise.reject(new Error("down")), record: async (given) => given },
    });
    const waiting = watched((await desk.submit(submission())).outcomeWithin(5000));
    await clock.advance(5000);

    expect(await waiting.promise).toBeUndefined();
    expect(lines.filter(({ level }) => level === "warn")).toHaveLength(2);
  });
});

describe("the inbox", () => {
  it("tells progress to whoever asked for it, and to nobody else", async () => {
    const { desk, submission, progress, reply } = bench();
    const [told, other]: ProgressMessage[][] = [[], []];
    const asked = submission({ onProgress: (message) => void told?.push(message) });
    await desk.submit(submission({ onProgress: (message) => void other?.push(message) }));
    const accepted = await desk.submit(asked);
    await progress(asked.operationId, 1);
    await progress(asked.operationId, 2);
    await reply(asked.operationId);
    await accepted.outcomeWithin(1000);
    await progress(asked.operationId, 3);

    expect(told?.map(({ position }) => position)).toEqual([1, 2]);
    expect(other).toEqual([]);
  });

  it("takes what nobody waits for", async () => {
    const { submission, reply, progress } = bench();
    const { operationId } = submission();

    expect(await reply(operationId)).toEqual({ kind: "delete" });
    expect(await progress(operationId, 1)).toEqual({ kind: "delete" });
  });

  it("throws out what none of our keys has authenticated", async () => {
    const { desk, deliver, submission } = bench();
    const { operationId } = submission();
    await desk.submit(submission());
    const body = JSON.stringify({ kind: "progress", operationId, step: "x", position: 1, of: 3, traceparent });

    expect(await deliver({ body, attributes: {} })).toEqual({ kind: "dead-letter", reason: "mac_invalid" });
  });

  it("leaves a defect of its own to a later delivery", async () => {
    const { desk, submission, progress } = bench();
    const asked = submission({
      onProgress() {
        throw new RangeError("defect");
      },
    });
    await desk.submit(asked);

    await expect(progress(asked.operationId, 1)).rejects.toThrow(RangeError);
  });
});

import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { type Flow, flows, type ProgressMessage } from "@lanyard/contracts";
import { counted, dispatcherBench, traceparent, watched } from "../testing/dispatcher-bench.ts";

describe("a submission", () => {
  it("becomes the first command of its flow", async () => {
    const { desk, transport, submission } = dispatcherBench();
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
    const { desk, transport, submission } = dispatcherBench({ inbox: () => undefined });
    await desk.submit(submission());

    expect(JSON.parse(transport.held("identity")[0]?.body ?? "")).toMatchObject({ replyTo: null, progress: false });
  });

  it.each([
    ["down", () => Promise.reject(new DependencyUnavailable("sqs", new Error("down")))],
    ["denied", () => Promise.reject(new TypeError("denied"))],
  ])("that the queue does not take is thrown, and nobody waits for it: %s", async (_, send) => {
    const { transport } = dispatcherBench();
    const { desk, submission } = dispatcherBench({ transport: { ...transport, send } });

    await expect(desk.submit(submission())).rejects.toThrow();
    expect(desk.waiting()).toBe(0);
  });

  it("that the queue never answers is thrown after a while", async () => {
    const { transport } = dispatcherBench();
    const { desk, clock, submission } = dispatcherBench({
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
    const { desk, submission } = dispatcherBench();
    const empty: Flow = { ...flows.createAnonymousSession, steps: [] };

    await expect(desk.submit(submission({ flow: empty }))).rejects.toThrow(TypeError);
    expect(desk.waiting()).toBe(0);
  });
});

describe("a command that nobody waits for", () => {
  it("is sent as any other, and asks for no reply", async () => {
    const { desk, transport, submission } = dispatcherBench();
    const [told, asked] = [submission(), submission()];
    await desk.send(told);
    await desk.submit(asked);
    const [sent, other] = transport.held("identity");

    expect(JSON.parse(sent?.body ?? "")).toEqual({
      ...(JSON.parse(other?.body ?? "") as object),
      operationId: told.operationId,
      replyTo: null,
    });
    expect(sent?.attributes).toHaveProperty("mac");
    expect(sent?.groupId).toBe(other?.groupId);
    expect(desk.waiting()).toBe(1);
  });

  it("that the queue does not acknowledge is thrown after a while", async () => {
    const { transport } = dispatcherBench();
    const { desk, clock, submission } = dispatcherBench({
      transport: { ...transport, send: () => new Promise(() => {}) },
      acknowledgeMs: 3000,
    });
    const sent = watched(desk.send(submission()));
    await clock.advance(2999);
    expect(sent.isSettled()).toBe(false);
    await clock.advance(1);

    await expect(sent.promise).rejects.toBeInstanceOf(DependencyUnavailable);
  });
});

describe("an outcome", () => {
  it("comes by reply, at once, also when the reply overtakes the question", async () => {
    const { desk, submission, reply, outcomeOf } = dispatcherBench();
    const asked = submission();
    const accepted = await desk.submit(asked);
    expect(await reply(asked.operationId)).toEqual({ kind: "delete" });

    expect(await accepted.outcomeWithin(10_000)).toEqual(outcomeOf(asked.operationId));
    expect(desk.waiting()).toBe(0);
  });

  it("is not read from the table while a reply may come, and once after a second of silence", async () => {
    const { calls, read } = counted(async () => undefined);
    const { desk, clock, submission, reply } = dispatcherBench({ outcomes: { read, record: async (given) => given } });
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
    const { desk, clock, submission, recorded, outcomeOf } = dispatcherBench();
    const asked = submission();
    const waiting = watched((await desk.submit(asked)).outcomeWithin(10_000));
    await recorded.record(outcomeOf(asked.operationId));
    await clock.advance(999);
    expect(waiting.isSettled()).toBe(false);
    await clock.advance(1);

    expect((await waiting.promise)?.operationId).toBe(asked.operationId);
  });

  it("is read a last time at the end", async () => {
    const { desk, clock, submission, recorded, outcomeOf } = dispatcherBench();
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
    const { desk, clock, submission } = dispatcherBench();
    const waiting = watched((await desk.submit(submission())).outcomeWithin(ms));
    await clock.advance(ms - 1);
    expect(waiting.isSettled()).toBe(false);
    await clock.advance(1);

    expect(await waiting.promise).toBeUndefined();
    expect(desk.waiting()).toBe(0);
  });

  it("is not even looked for when nobody wants to wait", async () => {
    const { calls, read } = counted(async () => undefined);
    const { desk, submission } = dispatcherBench({ outcomes: { read, record: async (given) => given } });

    expect(await (await desk.submit(submission())).outcomeWithin(0)).toBeUndefined();
    expect([calls.count, desk.waiting()]).toEqual([0, 0]);
  });

  it("is none as soon as nobody waits any more", async () => {
    const { desk, clock, submission } = dispatcherBench();
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
    const { desk, clock, submission } = dispatcherBench({
      outcomes: { read: () => new Promise(() => {}), record: async (given) => given },
    });
    const waiting = watched((await desk.submit(submission())).outcomeWithin(5000));
    await clock.advance(5999);
    expect(waiting.isSettled()).toBe(false);
    await clock.advance(1);

    expect(await waiting.promise).toBeUndefined();
  });

  it("that comes by reply while a slow table is being read is taken", async () => {
    const { desk, clock, submission, reply } = dispatcherBench({
      outcomes: { read: () => new Promise(() => {}), record: async (given) => given },
    });
    const asked = submission();
    const waiting = watched((await desk.submit(asked)).outcomeWithin(5000));
    await clock.advance(1500);
    await reply(asked.operationId);

    expect((await waiting.promise)?.operationId).toBe(asked.operationId);
  });

  it("is none, and no error, when the table is down", async () => {
    const { desk, clock, submission, lines } = dispatcherBench({
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
    const { desk, submission, progress, reply } = dispatcherBench();
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
    const { submission, reply, progress } = dispatcherBench();
    const { operationId } = submission();

    expect(await reply(operationId)).toEqual({ kind: "delete" });
    expect(await progress(operationId, 1)).toEqual({ kind: "delete" });
  });

  it("throws out what none of our keys has authenticated", async () => {
    const { desk, deliver, submission } = dispatcherBench();
    const { operationId } = submission();
    await desk.submit(submission());
    const body = JSON.stringify({ kind: "progress", operationId, step: "x", position: 1, of: 3, traceparent });

    expect(await deliver({ body, attributes: {} })).toEqual({ kind: "dead-letter", reason: "mac_invalid" });
  });

  it("leaves a defect of its own to a later delivery", async () => {
    const { desk, submission, progress } = dispatcherBench();
    const asked = submission({
      onProgress() {
        throw new RangeError("defect");
      },
    });
    await desk.submit(asked);

    await expect(progress(asked.operationId, 1)).rejects.toThrow(RangeError);
  });
});

import { afterEach, describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import type { Disposition } from "./disposition.ts";
import { silentLog } from "./log.ts";
import { virtualClock } from "./testing/index.ts";
import { memoryTransport } from "./transport.memory.ts";
import type { ReceivedMessage, Transport } from "./transport.ts";
import { Worker, type WorkerOptions } from "./worker.ts";

const running: Worker[] = [];
const down = (): DependencyUnavailable => new DependencyUnavailable("dynamodb", new Error("down"));

/** A worker over memory on a virtual clock, with what it handled in order. */
function underTest(
  handle: (message: ReceivedMessage) => Promise<Disposition>,
  options: Partial<WorkerOptions> & { wrap?: (transport: Transport) => Transport } = {},
) {
  const clock = virtualClock();
  const memory = memoryTransport({ clock, queues: ["work", "work-dlq"], topics: [] });
  const handled: ReceivedMessage[] = [];
  const worker = new Worker({
    queue: "work",
    deadLetterQueue: "work-dlq",
    transport: options.wrap?.(memory) ?? memory,
    clock,
    log: silentLog,
    probe: async () => {},
    handle: (message) => {
      handled.push(message);
      return handle(message);
    },
    ...options,
  });
  running.push(worker);
  const send = (body: string): Promise<void> => memory.send("work", { body, attributes: { type: "t" } });
  return { clock, memory, worker, handled, send };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop(0)));
});

describe("a worker", () => {
  it("deletes what was carried out, after it was carried out", async () => {
    let heldMeanwhile = -1;
    const { clock, memory, worker, send } = underTest(async () => {
      heldMeanwhile = memory.held("work").length;
      return { kind: "delete" };
    });
    await send("a");
    worker.start();
    await clock.settle();
    expect(heldMeanwhile).toBe(1);
    expect(memory.held("work")).toEqual([]);
  });

  it("carries out no more than its concurrency at once, and goes on as places become free", async () => {
    const release: (() => void)[] = [];
    let most = 0;
    let now = 0;
    const { clock, worker, handled, send } = underTest(
      async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => release.push(resolve));
        now -= 1;
        return { kind: "delete" };
      },
      { concurrency: 3, pollers: 2 },
    );
    await Promise.all(Array.from({ length: 20 }, (_, index) => send(String(index))));
    worker.start();
    await clock.settle();
    expect(handled).toHaveLength(3);
    for (let freed = 0; freed < 20; freed += 1) {
      release.shift()?.();
      await clock.settle();
    }
    expect(handled).toHaveLength(20);
    expect(most).toBe(3);
  });

  it("keeps a message to itself for as long as it is being carried out", async () => {
    let finish = (): void => {};
    const { clock, worker, handled, memory, send } = underTest(
      () => new Promise((resolve) => (finish = () => resolve({ kind: "delete" }))),
      { visibilitySeconds: 30, waitSeconds: 1 },
    );
    await send("slow");
    worker.start();
    await clock.advance(300_000);
    expect(handled).toHaveLength(1);
    finish();
    await clock.settle();
    expect(memory.held("work")).toEqual([]);
  });

  it("tries again after a delay that doubles", async () => {
    const at: number[] = [];
    const { clock, worker, send } = underTest(
      async () => {
        at.push(clock.now());
        return { kind: "retry", reason: "failed" };
      },
      { waitSeconds: 1 },
    );
    await send("a");
    worker.start();
    await clock.advance(70_000);
    const delays = at.slice(1).map((time, index) => Math.round((time - (at[index] ?? 0)) / 1000));
    expect(delays).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it("goes on trying for over an hour before it makes a dead letter, with the reason", async () => {
    const reasons: string[] = [];
    const { clock, worker, memory, handled, send } = underTest(async () => ({ kind: "retry", reason: "failed" }), {
      waitSeconds: 20,
      onDeadLetter: (reason) => reasons.push(reason),
    });
    await send("doomed");
    worker.start();
    await clock.advance(3600_000);
    expect(memory.held("work-dlq")).toEqual([]);
    await clock.advance(1800_000);
    expect(memory.held("work")).toEqual([]);
    expect(memory.held("work-dlq")).toEqual([
      {
        body: "doomed",
        attributes: expect.objectContaining({
          type: "t",
          deadLetterReason: "failed",
          receiveCount: String(handled.length),
        }),
      },
    ]);
    expect(reasons).toEqual(["failed"]);
  });

  it("makes a dead letter of what can never succeed at once, before deleting it", async () => {
    let stoodFirst = false;
    const { clock, worker, memory, send } = underTest(async () => ({ kind: "dead-letter", reason: "not_json" }), {
      wrap: (transport) => ({
        ...transport,
        delete: (queue, handle) => {
          stoodFirst = memory.held("work-dlq").length === 1;
          return transport.delete(queue, handle);
        },
      }),
    });
    await send("garbage");
    worker.start();
    await clock.settle();
    expect(stoodFirst).toBe(true);
    expect(memory.held("work")).toEqual([]);
  });

  it("loses nothing when the handler itself breaks", async () => {
    let broken = true;
    const { clock, worker, memory, send } = underTest(async () => {
      if (broken) throw new Error("a defect in the runtime");
      return { kind: "delete" };
    });
    await send("a");
    worker.start();
    await clock.settle();
    expect(memory.held("work")).toHaveLength(1);
    broken = false;
    await clock.advance(31_000);
    expect(memory.held("work")).toEqual([]);
  });
});

describe("a worker whose dependency is down", () => {
  it("receives nothing until a probe succeeds, then takes up at once what it held", async () => {
    let up = false;
    const { clock, worker, memory, handled, send } = underTest(
      async () => (up ? { kind: "delete" } : { kind: "hold", dependency: "dynamodb" }),
      {
        probe: async () => {
          if (!up) throw down();
        },
        pollers: 1,
        waitSeconds: 1,
      },
    );
    for (const body of ["a", "b", "c"]) await send(body);
    worker.start();
    await clock.settle();
    expect(worker.state).toBe("paused");
    await send("later");
    await clock.advance(600_000);
    expect(handled).toHaveLength(3);
    up = true;
    await clock.advance(5_000);
    expect(worker.state).toBe("running");
    expect(memory.held("work")).toEqual([]);
    expect(memory.held("work-dlq")).toEqual([]);
    expect(Math.max(...handled.map((message) => message.receiveCount))).toBe(2);
  });

  it("does not use up a message's deliveries when probes succeed and work does not", async () => {
    const { clock, worker, memory, handled, send } = underTest(async () => ({ kind: "hold", dependency: "dynamodb" }), {
      waitSeconds: 1,
    });
    await send("a");
    worker.start();
    await clock.advance(3600_000);
    expect(handled.length).toBeLessThan(20);
    expect(memory.held("work")).toHaveLength(1);
    expect(memory.held("work-dlq")).toEqual([]);
  });

  it("pauses when the queue itself does not answer, and when a delete does not go through", async () => {
    let failing: "receive" | "delete" | "none" = "receive";
    const { clock, worker, memory, send } = underTest(async () => ({ kind: "delete" }), {
      waitSeconds: 1,
      wrap: (transport) => ({
        ...transport,
        receive: async (queue, options) =>
          failing === "receive" ? Promise.reject(down()) : transport.receive(queue, options),
        delete: async (queue, handle) =>
          failing === "delete" ? Promise.reject(down()) : transport.delete(queue, handle),
      }),
      probe: async () => {
        if (failing !== "none") throw down();
      },
    });
    await send("a");
    worker.start();
    await clock.settle();
    expect(worker.state).toBe("paused");
    failing = "none";
    await clock.advance(5_000);
    expect(memory.held("work")).toEqual([]);
    failing = "delete";
    await send("b");
    await clock.advance(1_000);
    expect(worker.state).toBe("paused");
    failing = "none";
    await clock.advance(5_000);
    expect(memory.held("work")).toEqual([]);
  });

  it("tells when its queue is gone", async () => {
    let told = 0;
    const { clock, worker, memory } = underTest(async () => ({ kind: "delete" }), {
      onQueueGone: () => (told += 1),
      waitSeconds: 1,
    });
    await memory.deleteQueue("work");
    worker.start();
    await clock.settle();
    expect(told).toBeGreaterThan(0);
    expect(worker.state).toBe("paused");
  });
});

describe("a worker that stops", () => {
  it("ends what is under way, takes nothing more, and leaves the rest in the queue", async () => {
    let finish = (): void => {};
    const { clock, worker, memory, send } = underTest(
      () => new Promise((resolve) => (finish = () => resolve({ kind: "delete" }))),
      {
        concurrency: 1,
        pollers: 1,
        waitSeconds: 1,
      },
    );
    await send("a");
    worker.start();
    await clock.settle();
    const stopped = worker.stop();
    await send("b");
    await clock.settle();
    finish();
    await clock.advance(2_000);
    await stopped;
    expect(worker.state).toBe("stopped");
    expect(memory.held("work").map((message) => message.body)).toEqual(["b"]);
  });

  it("does not wait longer than its grace for what does not end", async () => {
    const { clock, worker, memory, send } = underTest(() => new Promise(() => {}), { waitSeconds: 1 });
    await send("stuck");
    worker.start();
    await clock.settle();
    const stopped = worker.stop(10_000);
    await clock.advance(10_000);
    await stopped;
    expect(memory.held("work")).toHaveLength(1);
  });

  it("starts once", async () => {
    const { worker } = underTest(async () => ({ kind: "delete" }));
    worker.start();
    expect(() => worker.start()).toThrow("starts once");
  });
});

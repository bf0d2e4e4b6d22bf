import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { workers } from "@lanyard/contracts";
import { memoryTransport, silentLog, Worker } from "@lanyard/messaging";
import { eventually, virtualClock } from "@lanyard/messaging/testing";
import { createLogger, createMetrics, workerLoops } from "./index.ts";
import { workerLife } from "./worker-life.ts";

describe("the receive loops of a worker", () => {
  const own = (name: string) => ({ queue: name, deadLetterQueue: `${name}-dlq` });
  const narrow = (queue: string, concurrency = 2) => ({ ...own(queue), pollers: 1, concurrency });

  it("are one for its own queue, and a narrow one for each queue of its long or heavy work", () => {
    const heavy: Partial<Record<(typeof workers)[number], string>> = {
      session: "session-bulk",
      merge: "merge-bulk",
      identity: "identity-hash",
    };
    for (const name of workers) {
      const queue = heavy[name];
      expect(workerLoops(name)).toEqual([own(name), ...(queue === undefined ? [] : [narrow(queue)])]);
    }
  });

  it("are as wide for heavy work as they are told", () => {
    expect(workerLoops("identity", { "identity-hash": 1 })).toEqual([own("identity"), narrow("identity-hash", 1)]);
    expect(workerLoops("session", { "identity-hash": 1 })).toEqual([own("session"), narrow("session-bulk")]);
  });
});

describe("a worker with two receive loops", () => {
  let end: () => Promise<void> = async () => {};
  afterEach(() => end());

  /** Whatever lies in a queue of `down` cannot be carried out, for want of a dependency. */
  const running = async () => {
    const clock = virtualClock();
    const loops = workerLoops("session");
    const queues = loops.flatMap(({ queue }) => [queue, `${queue}-dlq`]);
    const transport = memoryTransport({ clock, queues, topics: [] });
    const down = new Set<string>();
    const taken: string[] = [];
    let prepared = (): void => {};
    const prepare = (): Promise<void> =>
      new Promise((resolve) => {
        prepared = resolve;
      });
    const metrics = createMetrics("session");
    const check = (queue: string): void => {
      if (down.has(queue)) throw new DependencyUnavailable("dynamodb", new Error("down"));
    };
    const life = workerLife({
      log: createLogger({ service: "session", level: "silent" }),
      metrics,
      clock,
      prepare,
      missing: () => ["keys"],
      loops: loops.map((loop) => ({
        queue: loop.queue,
        worker: new Worker({
          ...loop,
          transport,
          clock,
          log: silentLog,
          probe: async () => check(loop.queue),
          handle: async () => {
            check(loop.queue);
            taken.push(loop.queue);
            return { kind: "delete" };
          },
        }),
      })),
    });
    const server = createServer(life.listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const ask = (path: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    const stop = async (): Promise<void> => {
      const stopped = life.stop();
      await clock.advance(30_000);
      await stopped;
    };
    end = async () => {
      down.clear();
      await stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return {
      ...{ life, clock, transport, taken, down, stop },
      prepared: () => prepared(),
      missing: async () => ((await (await ask("/readyz")).json()) as { missing: readonly string[] }).missing,
      paused: async () =>
        [...(await (await ask("/metrics")).text()).matchAll(/^lanyard_worker_paused\{queue="([^"]*)".*\} 1$/gm)].map(
          ([, queue]) => queue,
        ),
    };
  };
  const message = { body: "{}", attributes: {} };

  it("takes nothing from either queue before it is prepared, and then from both", async () => {
    const { life, clock, transport, taken, prepared, missing } = await running();
    for (const queue of ["session", "session-bulk"]) await transport.send(queue, message);
    const started = life.start();
    await clock.advance(1000);
    expect(taken).toEqual([]);
    expect(await missing()).toEqual(["queue session: stopped", "queue session-bulk: stopped", "keys"]);

    prepared();
    await started;
    await clock.advance(1000);
    expect(taken.toSorted()).toEqual(["session", "session-bulk"]);
    expect(await missing()).toEqual(["keys"]);
  });

  it("says which of them is paused, while the other goes on", async () => {
    const { life, clock, transport, taken, down, prepared, missing, paused } = await running();
    const started = life.start();
    prepared();
    await started;
    down.add("session-bulk");
    await transport.send("session-bulk", message);
    await clock.advance(1000);
    await transport.send("session", message);
    await clock.advance(1000);

    expect(await missing()).toEqual(["queue session-bulk: paused", "keys"]);
    expect(await paused()).toEqual(["session-bulk"]);
    expect(taken).toEqual(["session"]);

    down.clear();
    await clock.advance(60_000);
    await eventually("both run", async () => (await missing()).length === 1);
    expect(await paused()).toEqual([]);
    expect(taken).toEqual(["session", "session-bulk"]);
  });

  it("stops both", async () => {
    const { life, clock, transport, prepared, missing, stop } = await running();
    const started = life.start();
    prepared();
    await started;
    await stop();
    for (const queue of ["session", "session-bulk"]) await transport.send(queue, message);
    await clock.advance(60_000);

    expect(await missing()).toEqual(["queue session: stopped", "queue session-bulk: stopped", "keys"]);
    expect([transport.held("session"), transport.held("session-bulk")]).toEqual([[message], [message]]);
  });
});

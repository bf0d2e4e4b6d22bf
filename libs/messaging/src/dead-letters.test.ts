import { describe, expect, it } from "@jest/globals";
import { peek } from "./peek.ts";
import { redrive } from "./redrive.ts";
import { virtualClock } from "./testing/virtual-clock.ts";
import { memoryTransport } from "./transport.memory.ts";
import type { Transport } from "./transport.ts";

function underTest() {
  const clock = virtualClock();
  const transport = memoryTransport({ clock, queues: ["work", "work-dlq"], topics: [] });
  const bury = async (body: string): Promise<void> => {
    const attributes = { type: "t", mac: "k.m", deadLetterReason: "failed", deadLetteredAt: "x", receiveCount: "13" };
    await transport.send("work-dlq", { body, attributes });
  };
  const bodies = (queue: string): string[] => transport.held(queue).map(({ body }) => body);
  /** Waits while time passes. */
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let over = false;
    void work.catch(() => {}).then(() => (over = true));
    while (!over) await clock.advance(1000);
    return work;
  };
  return { clock, transport, bury, bodies, during };
}
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

describe("a look at a queue", () => {
  it("sees what lies there, oldest first, and leaves it there for the next", async () => {
    const { clock, transport, bury, bodies, during } = underTest();
    for (const body of names(25)) {
      await bury(body);
      await clock.advance(1);
    }
    const first = await during(peek(transport, "work-dlq", 100));
    const second = await during(peek(transport, "work-dlq", 100));

    expect(first.map(({ body }) => body)).toEqual(names(25));
    expect(second.map(({ body }) => body)).toEqual(names(25));
    expect(bodies("work-dlq")).toEqual(names(25));
  });

  it("sees no more than it was asked for, and asks for no more then", async () => {
    const { transport, bury } = underTest();
    for (const body of names(12)) await bury(body);

    expect(await peek(transport, "work-dlq", 12)).toHaveLength(12);
    expect(await peek(transport, "work-dlq", 5)).toHaveLength(5);
  });

  it("puts back what it saw also when it fails half-way", async () => {
    const { clock, transport, bury } = underTest();
    for (const body of names(20)) await bury(body);
    let calls = 0;
    const failing: Transport = {
      ...transport,
      receive: async (...args) => {
        calls += 1;
        if (calls === 2) throw new Error("down");
        return transport.receive(...args);
      },
    };

    await expect(peek(failing, "work-dlq", 100)).rejects.toThrow("down");
    expect(transport.nextVisibleAt(["work-dlq"])).toBeUndefined();
    expect(clock.now()).toBe(virtualClock().now());
  });
});

describe("a redrive", () => {
  const order = { from: "work-dlq", to: "work", sentBefore: Number.POSITIVE_INFINITY };

  it("moves everything back as it was, in bounded parts, and says when nothing is left", async () => {
    const { transport, bury, bodies, during } = underTest();
    for (const body of names(25)) await bury(body);

    expect(await during(redrive(transport, { ...order, batches: 2 }))).toEqual({ moved: 20, isOver: false });
    expect(await during(redrive(transport, { ...order, batches: 2 }))).toEqual({ moved: 5, isOver: true });
    expect(bodies("work")).toEqual(names(25));
    expect(bodies("work-dlq")).toEqual([]);
    expect(transport.held("work")[0]?.attributes).toEqual({ type: "t", mac: "k.m" });
  });

  it("gives each message the group that it had", async () => {
    const { transport, bury, during } = underTest();
    await bury("m0");
    await during(redrive(transport, { ...order, groupOf: ({ body }) => `of ${body}` }));

    expect(transport.held("work").map(({ groupId }) => groupId)).toEqual(["of m0"]);
  });

  it("leaves what came there later than it was asked for", async () => {
    const { clock, transport, bury, bodies, during } = underTest();
    await bury("old");
    await clock.advance(1);
    const sentBefore = clock.now();
    await bury("new");

    expect(await during(redrive(transport, { ...order, sentBefore }))).toEqual({ moved: 1, isOver: true });
    expect([bodies("work"), bodies("work-dlq")]).toEqual([["old"], ["new"]]);
    expect(transport.nextVisibleAt(["work-dlq"])).toBeUndefined();
  });

  it("ends though every batch is full of what has come back", async () => {
    const { clock, transport, bury, during } = underTest();
    const sentBefore = clock.now();
    await clock.advance(1);
    for (const body of names(60)) await bury(body);

    expect(await during(redrive(transport, { ...order, sentBefore, batches: 2 }))).toEqual({ moved: 0, isOver: true });
  });

  it.each(["send", "delete"] as const)(
    "that dies at any %s loses nothing: what is left is moved by the next",
    async (step) => {
      for (let nth = 1; nth <= 15; nth += 1) {
        const { clock, transport, bury, bodies, during } = underTest();
        for (const body of names(15)) await bury(body);
        let calls = 0;
        const dying: Transport = {
          ...transport,
          [step]: async (queue: string, what: never) => {
            calls += 1;
            if (calls >= nth) throw new Error("died");
            await transport[step](queue, what);
          },
        };
        await expect(during(redrive(dying, order))).rejects.toThrow("died");
        expect(new Set([...bodies("work"), ...bodies("work-dlq")])).toEqual(new Set(names(15)));
        await clock.advance(30_000);
        await during(redrive(transport, order));

        expect(new Set(bodies("work"))).toEqual(new Set(names(15)));
        expect(bodies("work-dlq")).toEqual([]);
      }
    },
  );
});

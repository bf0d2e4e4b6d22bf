import { describe, expect, it } from "@jest/globals";
import { eventConsumers, flows } from "@lanyard/contracts";
import { memoryTransport, type OutgoingMessage, silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { type DumpedItem, memoryItemStore } from "@lanyard/storage";
import { type CrashPoint, crashMonitor } from "../support/crash-points.ts";
import { runWithCrashes } from "../support/crashing-system.ts";
import { startEventConsumer } from "../support/in-process-workers.ts";

const derived = derivation(parseKeyring(`k1:${Buffer.alloc(32, 7).toString("base64url")}`));
const COPIES = 3;

interface Kept {
  readonly rows: readonly DumpedItem[];
  readonly points: readonly CrashPoint[];
  readonly crashed: number;
  readonly left: number;
  readonly deadLetters: number;
}

/** Two audit workers hear messages, every one three times, and one of them stops dead at each of `crashes`. */
async function heard(messages: readonly OutgoingMessage[], ...crashes: readonly CrashPoint[]): Promise<Kept> {
  const monitor = crashMonitor(crashes);
  const clock = virtualClock();
  const table = memoryItemStore();
  const transport = memoryTransport({
    clock,
    queues: ["audit", "audit-dlq"],
    topics: ["events"],
    subscriptions: [{ topic: "events", queue: "audit" }],
  });
  const stops: (() => Promise<void>)[] = [];
  const run = async (consumer: (typeof eventConsumers)[number]): Promise<void> => {
    const process = monitor.process(consumer, () => void run(consumer));
    const worker = await startEventConsumer(consumer, {
      transport: process.transport(transport),
      table: (name) => process.table(name, table),
      derivation: derived,
      clock,
      log: silentLog,
    });
    stops.push(() => worker.stop());
  };
  for (const consumer of [...eventConsumers, ...eventConsumers]) await run(consumer);
  for (let copy = 0; copy < COPIES; copy += 1) {
    for (const message of messages) await transport.publish("events", message);
  }
  for (let seconds = 0; seconds < 120 && transport.held("audit").length > 0; seconds += 1) await clock.advance(1000);
  const left = transport.held("audit").length;
  for (const stop of stops) void stop();
  await clock.advance(60_000);
  return {
    rows: table.dump(),
    points: monitor.points,
    crashed: monitor.crashed.length,
    left,
    deadLetters: transport.held("audit-dlq").length,
  };
}

/** Exactly what the events of an anonymous sign-in are. */
const operation = await runWithCrashes({ flow: flows.createAnonymousSession, input: {}, caller: { kind: "none" } });
const messages = [...operation.events.values()].flatMap((bodies) =>
  [...bodies].map((body) => ({
    body,
    attributes: { type: (JSON.parse(body) as { type: string }).type, mac: derived.mac("envelope-event", body) },
  })),
);
const whole = await heard(messages);
const points = [...new Map(whole.points.map((point) => [`${point.side} ${point.call}`, point])).entries()];

describe("the events of one operation, each told three times", () => {
  it("are a row each, and every call that a crash can come before or after is made", () => {
    const rows = whole.rows.filter(({ key }) => key.sk.startsWith("event#"));
    expect(rows.map(({ value }) => value["type"]).toSorted()).toEqual(["session.opened", "user.created"]);
    expect(new Set(rows.map(({ value }) => value["operationId"]))).toEqual(new Set([operation.operationId]));
    const listed = whole.rows.filter(({ key }) => key.pk.startsWith("recorded#"));
    const marksOf = (found: typeof rows, name: string) => found.map(({ value }) => value[name]).toSorted();
    expect(marksOf(listed, "rowMac")).toEqual(marksOf(rows, "mac"));
    expect(whole).toMatchObject({ left: 0, deadLetters: 0, crashed: 0 });
    const made = new Set(points.map(([, { call }]) => call.replace(/ #\d+$/, "")));
    expect([...made]).toEqual(
      expect.arrayContaining([
        "audit: transport.receive(audit)",
        "audit: items.putIfAbsent(audit)",
        "audit: transport.delete(audit)",
      ]),
    );
  });

  it.each(points)("%s a worker stops dead: the same rows, nothing lost, nothing twice", async (_, point) => {
    const { rows, crashed, left, deadLetters } = await heard(messages, point);
    expect(crashed).toBe(1);
    expect(rows).toEqual(whole.rows);
    expect({ left, deadLetters }).toEqual({ left: 0, deadLetters: 0 });
  });
});

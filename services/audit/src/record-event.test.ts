import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { type EventMessage, events } from "@lanyard/contracts";
import { envelopes, eventConsumer, type MemoryTransport, memoryTransport, silentLog, Worker } from "@lanyard/messaging";
import { type VirtualClock, virtualClock } from "@lanyard/messaging/testing";
import { auditMarks, derivation, parseKeyring } from "@lanyard/secrets";
import { type MemoryItemStore, memoryItemStore } from "@lanyard/storage";
import { recordEvent } from "./record-event.ts";
import { securityEventStore } from "./security-event-store.ts";

const keys = (fill: number) => parseKeyring(`k1:${Buffer.alloc(32, fill).toString("base64url")}`);
const writes = envelopes(derivation(keys(5)));
const marks = auditMarks(derivation(keys(5)));
const userId = "00000001-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const sessionId = "00000002-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;

const opened: EventMessage = {
  specversion: "1.0",
  id: "11111111-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
  type: events.sessionOpened.type,
  source: "lanyard/session",
  time: "2026-11-21T12:00:00.000Z",
  datacontenttype: "application/json",
  data: { userId, userKind: "account", sessionId, method: "magic_link" },
  subject: userId,
  operationid: operationId,
  clientip: "203.0.113.7",
  clientuseragent: "Firefox",
  traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
};

let clock: VirtualClock;
let transport: MemoryTransport;
let table: MemoryItemStore;
let isDown = false;
const started: Worker[] = [];

const start = (): void => {
  const failing = {
    ...table,
    putIfAbsent: async (...given: Parameters<MemoryItemStore["putIfAbsent"]>) => {
      if (isDown) throw new DependencyUnavailable("dynamodb", new Error("down"));
      return table.putIfAbsent(...given);
    },
  };
  const store = securityEventStore(failing, { marks, now: clock.now });
  const worker = new Worker({
    queue: "audit",
    deadLetterQueue: "audit-dlq",
    transport,
    clock,
    log: silentLog,
    probe: async () => {
      if (isDown) throw new DependencyUnavailable("dynamodb", new Error("down"));
    },
    handle: eventConsumer({ envelopes: writes, hear: recordEvent(store), clock, log: silentLog }),
  });
  worker.start();
  started.push(worker);
};
const rows = () => table.dump().filter(({ key }) => key.sk.startsWith("event#"));
const listed = () => table.dump().filter(({ key }) => key.pk.startsWith("recorded#"));
const hear = async (...heard: readonly EventMessage[]): Promise<void> => {
  for (const event of heard) await transport.publish("events", writes.event(event));
  await clock.advance(1000);
};

beforeEach(() => {
  isDown = false;
  clock = virtualClock();
  table = memoryItemStore();
  transport = memoryTransport({
    clock,
    queues: ["audit", "audit-dlq"],
    topics: ["events"],
    subscriptions: [{ topic: "events", queue: "audit" }],
  });
});
afterEach(async () => {
  let over = false;
  const stopped = Promise.all(started.splice(0).map((worker) => worker.stop(0))).finally(() => (over = true));
  while (!over) await clock.advance(1000);
  await stopped;
});

describe("an event", () => {
  it("is one row under its user, with who, when, where from and what, found by operation and by type and day", async () => {
    start();
    await hear(opened);
    const key = { pk: `user#${userId}`, sk: `event#${opened.time}#${opened.id}` };
    expect(rows()).toEqual([
      {
        key,
        version: 1,
        writtenBy: `${operationId}/event/${opened.id}`,
        indexed: { by_operation: operationId, by_type_and_day: "session.opened 2026-11-21" },
        value: {
          eventId: opened.id,
          type: "session.opened",
          at: opened.time,
          outcome: "succeeded",
          userId,
          sessionId,
          operationId,
          ip: "203.0.113.7",
          userAgent: "Firefox",
          data: opened.data,
          traceId: "a".repeat(32),
          typeAndDay: "session.opened 2026-11-21",
          mac: expect.any(String),
        },
      },
    ]);
    expect(marks.check("row", key, rows()[0]?.value ?? {})).toBe("genuine");
    expect(transport.held("audit")).toEqual([]);
  });

  it("is one row however often and however late it comes, to however many workers", async () => {
    for (let copy = 0; copy < 4; copy += 1) start();
    await hear(opened, opened, opened, opened);
    const [row, ...others] = rows();
    await clock.advance(3600_000);
    await hear(opened);

    expect(others).toEqual([]);
    expect(rows()).toEqual([row]);
    expect(transport.held("audit")).toEqual([]);
    expect(transport.held("audit-dlq")).toEqual([]);
  });

  it("about nobody stands with those of its day", async () => {
    start();
    const { subject: _, ...nobodys } = opened;
    await hear({ ...nobodys, type: "mail.expired", data: { mailId: sessionId, template: "sign-in" } });
    expect(rows().map(({ key, value }) => [key.pk, value["outcome"], "userId" in value])).toEqual([
      ["system#2026-11-21", "failed", false],
    ]);
  });

  it("is kept for good, or as long after it happened as is configured", async () => {
    const daysKept = async (retentionDays?: number): Promise<number | undefined> => {
      const kept = memoryItemStore();
      await recordEvent(securityEventStore(kept, { marks, now: clock.now, retentionDays }))(opened);
      const row = kept.dump().find(({ key }) => key.sk.startsWith("event#"));
      const until = row?.ttlEpochSeconds;
      expect(row?.value["keptUntil"]).toBe(until === undefined ? undefined : new Date(until * 1000).toISOString());
      return until === undefined ? undefined : (until - Date.parse(opened.time) / 1000) / (24 * 3600);
    };
    expect(await daysKept()).toBeUndefined();
    expect(await daysKept(30)).toBe(30);
  });

  it("that says more than its contract is kept without it", async () => {
    start();
    await hear({ ...opened, data: { ...opened.data, token: "hush" } });
    expect(JSON.stringify(table.dump())).not.toContain("hush");
    expect(rows()).toHaveLength(1);
  });

  it("waits while the table is down, and is lost to nobody", async () => {
    start();
    isDown = true;
    await hear(opened);
    await clock.advance(600_000);
    expect(transport.held("audit")).toHaveLength(1);
    isDown = false;
    await clock.advance(60_000);
    expect(rows()).toHaveLength(1);
    expect(transport.held("audit-dlq")).toEqual([]);
  });
});

describe("the list of the hour", () => {
  const kept = (now: () => number = clock.now, store: MemoryItemStore = table) =>
    recordEvent(securityEventStore(store, { marks, now }))(opened);

  it("has each row that was recorded in it, with its mark, once", async () => {
    start();
    start();
    await hear(opened, opened, opened);
    const hour = new Date(clock.now()).toISOString().slice(0, 13);
    expect(listed().map(({ key, value }) => [key.pk, value["rowMac"]])).toEqual([
      [`recorded#${hour}`, rows()[0]?.value["mac"]],
    ]);
    expect(listed().map(({ key, value }) => marks.check("entry", key, value))).toEqual(["genuine"]);
  });

  it("gets a row whose writer stopped before it could say so, when the message comes again", async () => {
    let isStopped = true;
    const stopping: MemoryItemStore = {
      ...table,
      putIfAbsent: async (key, ...rest) => {
        if (isStopped && key.pk.startsWith("recorded#")) throw new Error("stopped");
        return table.putIfAbsent(key, ...rest);
      },
    };
    await expect(kept(clock.now, stopping)).rejects.toThrow("stopped");
    expect([rows().length, listed().length]).toEqual([1, 0]);
    isStopped = false;
    await kept(clock.now, stopping);
    expect([rows().length, listed().length]).toEqual([1, 1]);
  });

  it("has the mark that the row carries, also when the next writer has another key", async () => {
    const stopping: MemoryItemStore = {
      ...table,
      putIfAbsent: async (key, ...rest) => {
        if (key.pk.startsWith("recorded#")) throw new Error("stopped");
        return table.putIfAbsent(key, ...rest);
      },
    };
    await expect(kept(clock.now, stopping)).rejects.toThrow("stopped");
    const rotated = auditMarks(derivation(parseKeyring(`k2:${Buffer.alloc(32, 6).toString("base64url")}`)));
    await recordEvent(securityEventStore(table, { marks: rotated, now: clock.now }))(opened);
    expect(listed().map(({ value }) => value["rowMac"])).toEqual(rows().map(({ value }) => value["mac"]));
  });

  it("is the present one when its writer stood still until the hour may have been sealed", async () => {
    const begun = Date.UTC(2026, 10, 21, 12, 59, 59);
    const times = [begun, begun + 3 * 3600_000];
    await kept(() => times.shift() ?? begun + 3 * 3600_000);
    expect(listed().map(({ key }) => key.pk)).toEqual(["recorded#2026-11-21T12", "recorded#2026-11-21T15"]);
  });

  it("has no row from before there were seals", async () => {
    await kept();
    const [row] = rows();
    if (row === undefined) throw new Error("no row");
    const { mac: _, ...older } = row.value;
    const before = memoryItemStore();
    await before.putIfAbsent(row.key, older, { writtenBy: row.writtenBy });
    await kept(clock.now, before);
    expect(before.dump().map(({ key }) => key)).toEqual([row.key]);
  });
});

describe("what cannot be heard", () => {
  const { body, attributes } = writes.event(opened);
  const forged = envelopes(derivation(keys(6))).event(opened);
  const notJson = "{";
  const macOf = (text: string): string => derivation(keys(5)).mac("envelope-event", text);

  it.each([
    ["is no JSON", { body: notJson, attributes: { type: "x", mac: macOf(notJson) } }, "not_json"],
    ["nobody authenticated", { body, attributes: { type: opened.type } }, "mac_invalid"],
    ["was made with another key", forged, "mac_invalid"],
    ["was changed on its way", { body: body.replace("Firefox", "Firefux"), attributes }, "mac_invalid"],
    ["is a reply", { ...writes.inbox({ kind: "progress" } as never) }, "mac_invalid"],
    ["says what its type does not", writes.event({ ...opened, data: { userId: 7 } }), "schema_invalid"],
  ])(
    "because it %s is a dead letter with the reason, as it was, and nothing is written",
    async (_, message, reason) => {
      start();
      await transport.send("audit", message);
      await hear(opened);

      expect(transport.held("audit-dlq")).toEqual([
        {
          body: message.body,
          attributes: expect.objectContaining({ ...message.attributes, deadLetterReason: reason }),
        },
      ]);
      expect(transport.held("audit")).toEqual([]);
      expect(rows().map(({ value }) => value["eventId"])).toEqual([opened.id]);
    },
  );

  it("because it is of a newer release is tried for an hour, and a dead letter then", async () => {
    start();
    await hear({ ...opened, type: "session.teleported" });
    await clock.advance(30 * 60_000);
    expect(transport.held("audit")).toHaveLength(1);
    for (let hours = 0; hours < 12; hours += 1) await clock.advance(3600_000);
    expect(transport.held("audit-dlq").map((each) => each.attributes["deadLetterReason"])).toEqual(["event_unknown"]);
    expect(table.dump()).toEqual([]);
  });
});

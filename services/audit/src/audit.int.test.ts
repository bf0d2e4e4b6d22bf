import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createDynamoClient, createSnsClient, createSqsClient } from "@lanyard/aws";
import {
  auditHourOf,
  auditSealItem,
  type EventMessage,
  events,
  recordedEventsOf,
  securityEventItem,
  securityEventsOf,
  typeAndDayOf,
} from "@lanyard/contracts";
import { provision, readTopology } from "@lanyard/local-cloud";
import { awsTransport, envelopes, eventConsumer, realClock, silentLog, Worker } from "@lanyard/messaging";
import { eventually } from "@lanyard/messaging/testing";
import { auditMarks, derivation, parseKeyring } from "@lanyard/secrets";
import { dynamoItemStore, typedItems } from "@lanyard/storage";
import { recordEvent } from "./record-event.ts";
import { sealDueHours } from "./seals/seal-due-hours.ts";
import { sealStore } from "./seals/seal-store.ts";
import { securityEventStore } from "./security-event-store.ts";

const prefix = `audit-${randomUUID().slice(0, 8)}`;
const sqs = createSqsClient({ requestTimeoutMs: 30_000 });
const sns = createSnsClient();
const dynamodb = createDynamoClient();
const transport = awsTransport({ sqs, sns, prefix });
const derived = derivation(parseKeyring(`k1:${Buffer.alloc(32, 5).toString("base64url")}`));
const marks = auditMarks(derived);
const writes = envelopes(derived);
const table = dynamoItemStore({ client: dynamodb, tableName: `${prefix}-audit` });
const workers = [1, 2].map(
  () =>
    new Worker({
      queue: "audit",
      deadLetterQueue: "audit-dlq",
      transport,
      clock: realClock,
      log: silentLog,
      waitSeconds: 1,
      probe: () => table.probe(),
      handle: eventConsumer({
        envelopes: writes,
        hear: recordEvent(securityEventStore(table, { marks, now: realClock.now })),
        clock: realClock,
        log: silentLog,
      }),
    }),
);

beforeAll(async () => {
  await provision({ topology: readTopology(), prefix, sqs, sns, dynamodb, log: () => undefined });
  for (const worker of workers) worker.start();
}, 60_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  for (const client of [sqs, sns, dynamodb]) client.destroy();
});

describe("the topic, the queue and the table of this topology", () => {
  it("bring every event that is published, five times or once, into one row, and what is none to the dead letters", async () => {
    const userId = randomUUID();
    const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
    const told = Array.from({ length: 12 }, (_, index): EventMessage => {
      const sessionId = randomUUID();
      return {
        specversion: "1.0",
        id: randomUUID(),
        type: events.sessionOpened.type,
        source: "lanyard/session",
        time: new Date(Date.UTC(2026, 10, 21, 12, index)).toISOString(),
        datacontenttype: "application/json",
        data: { userId, userKind: "account", sessionId, method: "magic_link" },
        subject: userId,
        operationid: operationId,
        clientip: "203.0.113.7",
        traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      };
    });
    const copies = told.flatMap((event, index) => Array.from({ length: index % 2 === 0 ? 5 : 1 }, () => event));
    const { body, attributes } = writes.event({ ...told[0], clientip: "198.51.100.1" } as EventMessage);
    await Promise.all([
      ...copies.map((event) => transport.publish("events", writes.event(event))),
      transport.publish("events", { body: `${body} `, attributes }),
    ]);

    const newestFirst = told.map(({ id }) => id).toReversed();
    const rows = typedItems(table, securityEventItem);
    await eventually("every event is a row", async () => {
      const { items } = await table.list(securityEventsOf(userId), { newestFirst: true });
      return items.length >= newestFirst.length;
    });
    const { items } = await table.list(securityEventsOf(userId), { newestFirst: true });
    expect(items.map((item) => rows.parse(item).value.eventId)).toEqual(newestFirst);
    expect(new Set(items.map(({ version }) => version))).toEqual(new Set([1]));
    // A mark is made of what was written, and found in what is read.
    expect(items.map(({ key, value }) => marks.check("row", key, value))).toEqual(told.map(() => "genuine"));
    const hours = [Date.now(), Date.now() - 3600_000].map(auditHourOf);
    await eventually("every row is on the list of its hour", async () => {
      const lists = await Promise.all(hours.map((hour) => table.list(recordedEventsOf(hour))));
      const entries = lists.flatMap((list) => list.items);
      expect(entries.map(({ key, value }) => marks.check("entry", key, value))).toEqual(entries.map(() => "genuine"));
      const listed = new Set(entries.map(({ value }) => value["rowMac"]));
      return items.every(({ value }) => listed.has(value["mac"]));
    });
    const seals = sealStore(table, marks);
    const seal = () =>
      sealDueHours({ seals, now: () => Date.now() + 2 * 3600_000, log: silentLog }, undefined).then(() =>
        seals.newest(),
      );
    await seals.begin(auditHourOf(Date.now() - 3600_000));
    const [one, ...same] = await Promise.all([seal(), seal(), seal()]);
    expect(same).toEqual([one, one]);
    expect(marks.check("seal", auditSealItem.key(one?.hour ?? ""), one ?? {})).toBe("genuine");
    for (const [index, value] of [
      ["by_operation", operationId],
      ["by_type_and_day", typeAndDayOf("session.opened", "2026-11-21")],
    ] as const) {
      const found = await rows.listByIndex(index, value);
      expect(found.items.map((item) => item.value.eventId).toSorted()).toEqual(newestFirst.toSorted());
    }

    const [dead, ...others] = await transport.receive("audit-dlq", { max: 10, waitSeconds: 10, visibilitySeconds: 30 });
    expect(others).toEqual([]);
    expect(dead?.attributes["deadLetterReason"]).toBe("mac_invalid");
    expect(dead?.body).toBe(`${body} `);
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  deadLetterQueueOf,
  type EventMessage,
  emailChangeItem,
  eventConsumers,
  followedQueueNames,
  queues,
  securityEventsOf,
  typesFollowedBy,
  userItem,
} from "@lanyard/contracts";
import { envelopes, memoryTransport, silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { MailServerFailed } from "@lanyard/notification-service";
import { RecordingMailServer } from "@lanyard/notification-service/testing";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { type InProcessWorker, startEventConsumer, startWorker } from "../support/in-process-workers.ts";
import { settled } from "../support/settled.ts";

const HOUR = 3600_000;
const from = "old@example.com";
const email = "ada@example.com";
const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const sessionId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";

/** Whoever hears of events, and nobody else: days pass quickly. */
async function listeners() {
  const clock = virtualClock();
  const tables = new Map<string, MemoryItemStore>();
  const keyring = parseKeyring(`k1:${Buffer.alloc(32, 5).toString("base64url")}`);
  const mailServer = new RecordingMailServer();
  const ports = {
    ...{ clock, mailServer, log: silentLog, issuer: "https://lanyard.example.com", audience: "lanyard" },
    ...{ derivation: derivation(keyring), sealing: sealing(keyring) },
    table(name: string): MemoryItemStore {
      const store = tables.get(name) ?? memoryItemStore();
      tables.set(name, store);
      return store;
    },
    transport: memoryTransport({
      clock,
      queues: queues.flatMap((queue) => [queue, deadLetterQueueOf(queue)]),
      topics: ["events"],
      subscriptions: [
        ...eventConsumers.map((queue) => ({ topic: "events", queue })),
        ...followedQueueNames.map((queue) => ({ topic: "events", queue, types: typesFollowedBy(queue) })),
      ],
    }),
  };
  const running: InProcessWorker[] = [await startEventConsumer("audit", ports)];
  const start = async (): Promise<void> => void running.push(await startWorker("notification", ports));
  await start();
  return {
    ...ports,
    mails: mailServer.mails,
    start,
    async stop(): Promise<void> {
      let over = false;
      const stopped = Promise.all(running.map((worker) => worker.stop())).finally(() => (over = true));
      while (!over) await clock.advance(1000);
      await stopped;
    },
  };
}

let system: Awaited<ReturnType<typeof listeners>>;
beforeEach(async () => {
  system = await listeners();
});
afterEach(() => system.stop());

const newOperation = (): string => `op_${randomUUID().replaceAll("-", "")}${"A".repeat(22)}`;
/** An account as the identity worker keeps it. */
const account = async (id: string, given: object = {}): Promise<void> => {
  const createdAt = new Date(system.clock.now()).toISOString();
  const value = { userId: id, userKind: "account" as const, email, createdAt, ...given };
  await typedItems(system.table("identity"), userItem).putIfAbsent(value, [id], { writtenBy: newOperation() });
};
/** Publishes as a worker does; gives back the event. */
async function tell(type: string, data: object = {}, given: Partial<EventMessage> = {}): Promise<EventMessage> {
  const event: EventMessage = {
    specversion: "1.0",
    id: randomUUID(),
    type,
    source: "lanyard/identity",
    time: new Date(system.clock.now()).toISOString(),
    datacontenttype: "application/json",
    data: { userId, ...data } as EventMessage["data"],
    subject: userId,
    operationid: newOperation(),
    clientip: "203.0.113.7",
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    ...given,
  };
  await again(event);
  return event;
}
const again = (event: EventMessage): Promise<void> =>
  system.transport.publish("events", envelopes(system.derivation).event(event));
const rows = async (): Promise<number> => (await system.table("audit").list(securityEventsOf(userId))).items.length;
const mailEvents = (): readonly { type: string; id: string }[] =>
  system.transport
    .published("events")
    .map(({ body }) => JSON.parse(body) as { type: string; id: string })
    .filter(({ type }) => type.startsWith("mail."));
const isDown = (): never => {
  throw new MailServerFailed("nobody answers");
};

describe("mails on what has happened, while no mail server answers", () => {
  it("wait, and what has happened is among the events at once; afterwards each goes out, once", async () => {
    await account(userId);
    system.mailServer.answer = isDown;
    for (const type of ["user.passwordSet", "user.secondFactorEnabled", "user.backupCodesMade"]) {
      await tell(type, type === "user.passwordSet" ? { how: "changed" } : {});
    }
    await settled(system, ["audit"]);
    expect(await rows()).toBe(3);
    expect(system.mails).toEqual([]);

    // For longer than any other message is tried.
    for (let hours = 0; hours < 20; hours += 1) await system.clock.advance(HOUR);
    expect(system.transport.held("security-mails-dlq")).toEqual([]);
    expect(system.transport.held("security-mails")).toHaveLength(3);
    system.mailServer.answer = () => "accepted";
    await settled(system, ["security-mails"], 60_000);
    expect(system.mails.map(({ to }) => to)).toEqual([email, email, email]);
    expect(new Set(system.mails.map(({ subject }) => subject)).size).toBe(3);
    await settled(system, ["audit"]);
    expect(await rows()).toBe(3);
  });

  it("are given up after a day, which is told, and none is a dead letter", async () => {
    await account(userId);
    system.mailServer.answer = isDown;
    await tell("user.secondFactorDisabled");
    for (let hours = 0; hours < 26; hours += 1) await system.clock.advance(HOUR);

    expect(system.transport.held("security-mails")).toEqual([]);
    expect(system.transport.held("security-mails-dlq")).toEqual([]);
    expect(new Set(mailEvents().map(({ type }) => type))).toEqual(new Set(["mail.expired"]));
    system.mailServer.answer = () => "accepted";
    await system.clock.advance(HOUR);
    expect(system.mails).toEqual([]);
  });

  it("keep no other mail back: one that is refused for now waits alone", async () => {
    const other = randomUUID();
    await account(userId);
    await account(other, { email: "bob@example.com" });
    system.mailServer.answer = ({ to }) => (to === email ? isDown() : "accepted");
    await tell("user.passwordSet", { how: "changed" });
    await tell("user.passwordSet", { how: "changed", userId: other }, { subject: other });
    await system.clock.advance(5000);
    expect(system.mails.map(({ to }) => to)).toEqual(["bob@example.com"]);
  });
});

describe("a mail on what has happened", () => {
  it("goes out once however often its event comes, to however many workers, and is told of alike", async () => {
    await account(userId);
    for (let more = 0; more < 3; more += 1) await system.start();
    const event = await tell("user.passwordSet", { how: "reset" });
    for (let copies = 0; copies < 5; copies += 1) await again(event);
    await settled(system, ["security-mails"], 60_000);
    await system.clock.advance(HOUR);
    await again(event);
    await settled(system, ["security-mails"], 60_000);

    expect(system.mails).toHaveLength(1);
    expect(new Set(mailEvents().map(({ id }) => id)).size).toBe(1);
  });

  it("is told to have expired while it is known whether it went out, and later nothing is told of it", async () => {
    await account(userId);
    const daysAgo = (days: number) => ({ time: new Date(system.clock.now() - days * 24 * HOUR).toISOString() });
    await tell("user.secondFactorEnabled", {}, daysAgo(30));
    await settled(system, ["security-mails"], 60_000);
    expect(mailEvents()).toEqual([]);
    await tell("user.secondFactorDisabled", {}, daysAgo(28));
    await settled(system, ["security-mails"], 60_000);
    expect(mailEvents().map(({ type }) => type)).toEqual(["mail.expired"]);
    expect(system.mails).toEqual([]);
  });

  it("is one for a revocation, however many sessions that has ended", async () => {
    await account(userId);
    const revocationId = randomUUID();
    for (let count = 0; count < 8; count += 1) {
      await tell("session.voided", { userKind: "account", sessionId: randomUUID(), revocationId });
    }
    await settled(system, ["security-mails"], 60_000);
    expect(system.mails.map(({ to }) => to)).toEqual([email]);
  });

  it("is in the language of the account, and goes to the address that was left", async () => {
    const operationid = newOperation();
    const at = new Date(system.clock.now()).toISOString();
    const change = { operationId: operationid, receivedAt: at, at, from, to: email };
    await account(userId, { locale: "de", emailVersion: 1, emailChanges: [change] });
    const noted = { userId, operationId: operationid, fromVersion: 0, at, from, to: email };
    const changes = typedItems(system.table("identity"), emailChangeItem);
    await changes.putIfAbsent(noted, [userId, operationid], { writtenBy: operationid });
    await tell("user.emailChanged", {}, { operationid });
    await settled(system, ["security-mails"], 60_000);

    expect(system.mails).toMatchObject([
      { to: from, locale: "de", subject: "Deine Adresse bei Lanyard wurde geändert" },
    ]);
    expect(system.mails[0]?.text).not.toContain(email);
    expect(system.mails[0]?.text).toMatch(/https:\/\/lanyard\.example\.com\/auth\/undo-email-change#token=eu_\S{86}\n/);
  });

  it("is for accounts alone", async () => {
    await account(userId, { userKind: "anonymous", email: undefined });
    await tell("session.refreshReuseDetected", { sessionId, presentedGeneration: 1, currentGeneration: 3 });
    await tell("session.opened", { sessionId, userKind: "account", method: "password" });
    await settled(system, ["security-mails"], 60_000);
    expect(system.mails).toEqual([]);
    expect(system.transport.held("security-mails-dlq")).toEqual([]);
  });
});

import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { inboxLeaseItem } from "@lanyard/contracts";
import { type MemoryTransport, memoryTransport, type ReceivedMessage } from "@lanyard/messaging";
import { type VirtualClock, virtualClock } from "@lanyard/messaging/testing";
import { type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { recordingLog } from "../testing/recording-log.ts";
import { Inbox } from "./inbox.ts";

const RENEW_MS = 20_000;
const LEASE_MS = 60_000;

/** Inboxes of several gateways over the same table and queues. */
function bench() {
  const clock = virtualClock();
  const created: string[] = [];
  const deleted: string[] = [];
  const down = { transport: false, table: false };
  const memory = memoryTransport({ clock, queues: [], topics: [] });
  const check = (isDown: boolean, name: "sqs" | "dynamodb"): void => {
    if (isDown) throw new DependencyUnavailable(name, new Error("down"));
  };
  const transport: MemoryTransport = {
    ...memory,
    async createQueue(name, options) {
      check(down.transport, "sqs");
      created.push(name);
      return memory.createQueue(name, options);
    },
    async deleteQueue(name) {
      check(down.transport, "sqs");
      deleted.push(name);
      return memory.deleteQueue(name);
    },
    async receive(name, options) {
      check(down.transport, "sqs");
      return memory.receive(name, options);
    },
    async probe(name) {
      check(down.transport, "sqs");
      return memory.probe(name);
    },
  };
  const store = memoryItemStore();
  const table: MemoryItemStore = {
    ...store,
    async replace(current, value, options) {
      check(down.table, "dynamodb");
      return store.replace(current, value, options);
    },
  };
  const { log, lines } = recordingLog();
  let made = 0;
  const open = (
    received: ReceivedMessage[] = [],
    change: Partial<ConstructorParameters<typeof Inbox>[0]> = {},
  ): Inbox =>
    new Inbox({
      transport,
      gatewayTable: table,
      clock,
      log,
      newName: () => `inbox-${(made += 1)}`,
      receive: async (message) => {
        received.push(message);
        return { kind: "delete" };
      },
      waitSeconds: 20,
      ...change,
    });
  return { clock, transport, table, store, down, created, deleted, lines, open };
}

const leases = (table: MemoryItemStore): readonly string[] => table.dump().map(({ value }) => String(value["inbox"]));
const exists = (transport: MemoryTransport, queue: string): boolean => {
  try {
    transport.held(queue);
    return true;
  } catch {
    return false;
  }
};
const stop = async (clock: VirtualClock, inbox: Inbox): Promise<void> => {
  const stopped = inbox.stop();
  await clock.advance(30_000);
  await stopped;
};
/** An inbox whose gateway died: nothing renews its lease, nothing reads its queue. */
async function dead(
  { table, transport, clock }: Pick<ReturnType<typeof bench>, "table" | "transport" | "clock">,
  inbox: string,
  { hasQueue = true, leaseMs = LEASE_MS } = {},
): Promise<void> {
  const leaseUntil = new Date(clock.now() + leaseMs).toISOString();
  await typedItems(table, inboxLeaseItem).putIfAbsent({ inbox, leaseUntil }, [inbox], { writtenBy: inbox });
  if (hasQueue) await transport.createQueue(inbox, { retentionSeconds: 300, visibilitySeconds: 30 });
}

describe("an inbox", () => {
  it("is a queue of a new name, with a lease, that hands over what comes", async () => {
    const { clock, transport, table, open } = bench();
    const received: ReceivedMessage[] = [];
    const inbox = open(received);
    expect(inbox.name).toBeUndefined();
    await inbox.start();
    expect(inbox.name).toBe("inbox-1");
    await transport.send("inbox-1", { body: "hello", attributes: {} });
    await clock.settle();

    expect(received.map(({ body }) => body)).toEqual(["hello"]);
    expect(transport.held("inbox-1")).toEqual([]);
    expect(leases(table)).toEqual(["inbox-1"]);
    await stop(clock, inbox);
  });

  it("is deleted with its lease when its gateway stops", async () => {
    const { clock, transport, table, open } = bench();
    const inbox = open();
    await inbox.start();
    await stop(clock, inbox);

    expect(inbox.name).toBeUndefined();
    expect(leases(table)).toEqual([]);
    expect(exists(transport, "inbox-1")).toBe(false);
  });

  it("that was stopped before it was open leaves nothing behind either", async () => {
    const { clock, transport, table, open } = bench();
    const inbox = open();
    const starting = inbox.start();
    await Promise.all([starting, stop(clock, inbox)]);

    expect(leases(table)).toEqual([]);
    expect(exists(transport, "inbox-1")).toBe(false);
    await stop(clock, open());
  });

  it("is vouched for three times as often as its lease runs out", async () => {
    const { clock, table, open } = bench();
    const inbox = open();
    await inbox.start();
    const openedAt = clock.now();
    const until = (): number => Date.parse(String(table.dump()[0]?.value["leaseUntil"])) - openedAt;
    expect(until()).toBe(LEASE_MS);
    await clock.advance(RENEW_MS);
    expect(until()).toBe(LEASE_MS + RENEW_MS);
    await clock.advance(10 * LEASE_MS);

    expect(until()).toBe(11 * LEASE_MS + RENEW_MS);
    expect(inbox.name).toBe("inbox-1");
    await stop(clock, inbox);
  });

  it("that was deleted is replaced by one of another name", async () => {
    const { clock, transport, table, lines, open } = bench();
    const inbox = open();
    await inbox.start();
    await transport.deleteQueue("inbox-1");
    await clock.advance(RENEW_MS);
    await clock.advance(1000);

    expect(inbox.name).toBe("inbox-2");
    expect(leases(table)).toEqual(["inbox-2"]);
    expect(lines).toContainEqual(expect.objectContaining({ message: "the inbox is gone; making another" }));
    await stop(clock, inbox);
  });

  it("that was deleted during an outage is replaced when it is over", async () => {
    const { clock, transport, down, open } = bench();
    const inbox = open();
    await inbox.start();
    down.transport = true;
    await clock.advance(RENEW_MS);
    expect(inbox.name).toBeUndefined();
    down.transport = false;
    await transport.deleteQueue("inbox-1");
    await clock.advance(5000);

    expect(inbox.name).toBe("inbox-2");
    await stop(clock, inbox);
  });

  it("is the same after an outage that it survived", async () => {
    const { clock, down, open } = bench();
    const inbox = open();
    await inbox.start();
    down.transport = true;
    await clock.advance(RENEW_MS);
    expect(inbox.name).toBeUndefined();
    down.transport = false;
    await clock.advance(5000);

    expect(inbox.name).toBe("inbox-1");
    await stop(clock, inbox);
  });

  it("whose lease another has claimed is given up for a new one", async () => {
    const { clock, transport, table, open } = bench();
    const inbox = open();
    await inbox.start();
    const items = typedItems(table, inboxLeaseItem);
    const stored = await items.load("inbox-1");
    if (stored === undefined) throw new Error("no lease");
    await items.replace(stored, stored.value, { writtenBy: "reaped by another" });
    await clock.advance(RENEW_MS);
    await clock.advance(30_000);

    expect(inbox.name).toBe("inbox-2");
    expect(exists(transport, "inbox-1")).toBe(false);
    await stop(clock, inbox);
  });

  it("is kept while the table of leases is down for a while", async () => {
    const { clock, down, lines, open } = bench();
    const inbox = open();
    await inbox.start();
    down.table = true;
    await clock.advance(RENEW_MS + 1000);
    expect(lines).toContainEqual(expect.objectContaining({ message: "the inbox could not be kept" }));
    expect(inbox.name).toBe("inbox-1");
    down.table = false;
    await clock.advance(5 * LEASE_MS);

    expect(inbox.name).toBe("inbox-1");
    await stop(clock, inbox);
  });

  it("that cannot be made leaves one lease, not one for each try, and is made under that name", async () => {
    const { clock, table, down, open } = bench();
    const inbox = open();
    down.transport = true;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(inbox.start()).rejects.toBeInstanceOf(DependencyUnavailable);
    }
    expect(leases(table)).toEqual(["inbox-1"]);
    down.transport = false;
    await inbox.start();

    expect(inbox.name).toBe("inbox-1");
    await stop(clock, inbox);
  });

  it("of a name that another has written about is refused", async () => {
    const { clock, table, open } = bench();
    const leaseUntil = new Date(clock.now()).toISOString();
    const items = typedItems(table, inboxLeaseItem);
    await items.putIfAbsent({ inbox: "inbox-1", leaseUntil }, ["inbox-1"], { writtenBy: "another" });

    await expect(open().start()).rejects.toThrow("not new");
  });

  it("that cannot be deleted is left for others", async () => {
    const { clock, table, down, lines, open } = bench();
    const inbox = open();
    await inbox.start();
    down.transport = true;
    await stop(clock, inbox);

    expect(leases(table)).toEqual(["inbox-1"]);
    expect(lines.at(-1)?.message).toBe("an inbox was left for others to reap");
  });
});

describe("the reaper", () => {
  it.each([
    ["with its queue", true],
    ["that died before it had a queue", false],
  ])("takes the inbox of a dead gateway %s, a lease after its lease", async (_, hasQueue) => {
    const bed = bench();
    const { clock, transport, table, deleted, open } = bed;
    const inbox = open([], { newName: () => "inbox-alive" });
    await inbox.start();
    await dead(bed, "inbox-dead", { hasQueue });
    await clock.advance(2 * LEASE_MS - 1);
    expect(leases(table)).toEqual(["inbox-alive", "inbox-dead"]);
    await clock.advance(RENEW_MS);

    expect(leases(table)).toEqual(["inbox-alive"]);
    expect(exists(transport, "inbox-dead")).toBe(false);
    expect(deleted).toEqual(["inbox-dead"]);
    await stop(clock, inbox);
  });

  it("never takes a live one's, however long they live side by side", async () => {
    const { clock, table, deleted, open } = bench();
    const inboxes = [open(), open(), open()];
    for (const inbox of inboxes) await inbox.start();
    await clock.advance(20 * LEASE_MS);

    expect(inboxes.map(({ name }) => name)).toEqual(["inbox-1", "inbox-2", "inbox-3"]);
    expect(leases(table)).toHaveLength(3);
    expect(deleted).toEqual([]);
    await Promise.all(inboxes.map((inbox) => stop(clock, inbox)));
  });

  it("is one, when several gateways find the dead one at once", async () => {
    const bed = bench();
    const { clock, table, deleted, lines, open } = bed;
    await dead(bed, "inbox-dead", { leaseMs: -2 * LEASE_MS });
    const inboxes = [open(), open(), open(), open()];
    await Promise.all(inboxes.map((inbox) => inbox.start()));
    await clock.advance(RENEW_MS);

    expect(leases(table)).not.toContain("inbox-dead");
    expect(deleted).toEqual(["inbox-dead"]);
    expect(lines.filter(({ message }) => message.startsWith("reaped"))).toHaveLength(1);
    await Promise.all(inboxes.map((inbox) => stop(clock, inbox)));
  });

  it("that died after its claim is followed by another", async () => {
    const bed = bench();
    const { clock, transport, table, open } = bed;
    await dead(bed, "inbox-dead", { leaseMs: -2 * LEASE_MS });
    const items = typedItems(table, inboxLeaseItem);
    const claimed = await items.load("inbox-dead");
    if (claimed === undefined) throw new Error("no lease");
    await items.replace(claimed, claimed.value, { writtenBy: "reaped by inbox-0" });
    const inbox = open();
    await inbox.start();
    await clock.advance(RENEW_MS);

    expect(leases(table)).toEqual(["inbox-1"]);
    expect(exists(transport, "inbox-dead")).toBe(false);
    await stop(clock, inbox);
  });

  it("finds the dead among more than one page of the living and the dead", async () => {
    const bed = bench();
    const { clock, table, open } = bed;
    for (let count = 0; count < 150; count += 1) {
      await dead(bed, `inbox-a${String(count).padStart(3, "0")}`, { hasQueue: false, leaseMs: 100 * LEASE_MS });
    }
    await dead(bed, "inbox-dead", { leaseMs: -2 * LEASE_MS });
    const inbox = open();
    await inbox.start();
    await clock.advance(RENEW_MS);

    expect(leases(table)).not.toContain("inbox-dead");
    expect(leases(table)).toHaveLength(151);
    await stop(clock, inbox);
  });
});

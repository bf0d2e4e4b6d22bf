import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { inboxLeaseItem } from "@lanyard/contracts";
import type { ReceivedMessage } from "@lanyard/messaging";
import { typedItems } from "@lanyard/storage";
import { exists, inboxBench, LEASE_MS, leases, RENEW_MS, stopInbox } from "../testing/inbox-bench.ts";

describe("an inbox", () => {
  it("is a queue of a new name, with a lease, that hands over what comes", async () => {
    const { clock, transport, table, open } = inboxBench();
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
    await stopInbox(clock, inbox);
  });

  it("is deleted with its lease when its gateway stops", async () => {
    const { clock, transport, table, open } = inboxBench();
    const inbox = open();
    await inbox.start();
    await stopInbox(clock, inbox);

    expect(inbox.name).toBeUndefined();
    expect(leases(table)).toEqual([]);
    expect(exists(transport, "inbox-1")).toBe(false);
  });

  it("that was stopped before it was open leaves nothing behind either", async () => {
    const { clock, transport, table, open } = inboxBench();
    const inbox = open();
    const starting = inbox.start();
    await Promise.all([starting, stopInbox(clock, inbox)]);

    expect(leases(table)).toEqual([]);
    expect(exists(transport, "inbox-1")).toBe(false);
    await stopInbox(clock, open());
  });

  it("is vouched for three times as often as its lease runs out", async () => {
    const { clock, table, open } = inboxBench();
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
    await stopInbox(clock, inbox);
  });

  it("says since when it hears, by the time of the broker, as long as it has its name", async () => {
    const { clock, transport, table, open } = inboxBench();
    const inbox = open([], { brokerNow: () => clock.now() + 5 });
    const since = (): unknown => table.dump()[0]?.value["since"];
    expect(inbox.lease).toBeUndefined();
    await inbox.start();
    const openedAt = new Date(clock.now() + 5).toISOString();
    await clock.advance(10 * LEASE_MS);
    expect([since(), inbox.lease]).toEqual([openedAt, expect.objectContaining({ inbox: "inbox-1", since: openedAt })]);
    await transport.deleteQueue("inbox-1");
    await clock.advance(RENEW_MS + 1000);

    expect(inbox.lease?.inbox).toBe("inbox-2");
    expect(Date.parse(String(since()))).toBeGreaterThan(Date.parse(openedAt) + 10 * LEASE_MS);
    await stopInbox(clock, inbox);
  });

  it("that was deleted is replaced by one of another name", async () => {
    const { clock, transport, table, lines, open } = inboxBench();
    const inbox = open();
    await inbox.start();
    await transport.deleteQueue("inbox-1");
    await clock.advance(RENEW_MS);
    await clock.advance(1000);

    expect(inbox.name).toBe("inbox-2");
    expect(leases(table)).toEqual(["inbox-2"]);
    expect(lines).toContainEqual(expect.objectContaining({ message: "the inbox is gone; making another" }));
    await stopInbox(clock, inbox);
  });

  it("that was deleted during an outage is replaced when it is over", async () => {
    const { clock, transport, down, open } = inboxBench();
    const inbox = open();
    await inbox.start();
    down.transport = true;
    await clock.advance(RENEW_MS);
    expect(inbox.name).toBeUndefined();
    down.transport = false;
    await transport.deleteQueue("inbox-1");
    await clock.advance(5000);

    expect(inbox.name).toBe("inbox-2");
    await stopInbox(clock, inbox);
  });

  it("is the same after an outage that it survived", async () => {
    const { clock, down, open } = inboxBench();
    const inbox = open();
    await inbox.start();
    down.transport = true;
    await clock.advance(RENEW_MS);
    expect(inbox.name).toBeUndefined();
    down.transport = false;
    await clock.advance(5000);

    expect(inbox.name).toBe("inbox-1");
    await stopInbox(clock, inbox);
  });

  it("whose lease another has claimed is given up for a new one", async () => {
    const { clock, transport, table, open } = inboxBench();
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
    await stopInbox(clock, inbox);
  });

  it("is kept while the table of leases is down for a while", async () => {
    const { clock, down, lines, open } = inboxBench();
    const inbox = open();
    await inbox.start();
    down.table = true;
    await clock.advance(RENEW_MS + 1000);
    expect(lines).toContainEqual(expect.objectContaining({ message: "the inbox could not be kept" }));
    expect(inbox.name).toBe("inbox-1");
    down.table = false;
    await clock.advance(5 * LEASE_MS);

    expect(inbox.name).toBe("inbox-1");
    await stopInbox(clock, inbox);
  });

  it("that cannot be made leaves one lease, not one for each try, and is made under that name", async () => {
    const { clock, table, down, open } = inboxBench();
    const inbox = open();
    down.transport = true;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(inbox.start()).rejects.toBeInstanceOf(DependencyUnavailable);
    }
    expect(leases(table)).toEqual(["inbox-1"]);
    down.transport = false;
    await inbox.start();

    expect(inbox.name).toBe("inbox-1");
    await stopInbox(clock, inbox);
  });

  it("of a name that another has written about is refused", async () => {
    const { clock, table, open } = inboxBench();
    const leaseUntil = new Date(clock.now()).toISOString();
    const items = typedItems(table, inboxLeaseItem);
    await items.putIfAbsent({ inbox: "inbox-1", leaseUntil }, ["inbox-1"], { writtenBy: "another" });

    await expect(open().start()).rejects.toThrow("not new");
  });

  it("that cannot be deleted is left for others", async () => {
    const { clock, table, down, lines, open } = inboxBench();
    const inbox = open();
    await inbox.start();
    down.transport = true;
    await stopInbox(clock, inbox);

    expect(leases(table)).toEqual(["inbox-1"]);
    expect(lines.at(-1)?.message).toBe("an inbox was left for others to reap");
  });
});

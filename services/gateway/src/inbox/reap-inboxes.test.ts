import { describe, expect, it } from "@jest/globals";
import { inboxLeaseItem } from "@lanyard/contracts";
import { type MemoryItemStore, typedItems } from "@lanyard/storage";
import { deadInbox, exists, inboxBench, LEASE_MS, leases, RENEW_MS, stopInbox } from "../testing/inbox-bench.ts";

describe("the reaper", () => {
  it.each([
    ["with its queue", true],
    ["that died before it had a queue", false],
  ])("takes the inbox of a dead gateway %s, a lease after its lease", async (_, hasQueue) => {
    const bed = inboxBench();
    const { clock, transport, table, deleted, open } = bed;
    const inbox = open([], { newName: () => "inbox-alive" });
    await inbox.start();
    await deadInbox(bed, "inbox-dead", { hasQueue });
    await clock.advance(2 * LEASE_MS - 1);
    expect(leases(table)).toEqual(["inbox-alive", "inbox-dead"]);
    await clock.advance(RENEW_MS);

    expect(leases(table)).toEqual(["inbox-alive"]);
    expect(exists(transport, "inbox-dead")).toBe(false);
    expect(deleted).toEqual(["inbox-dead"]);
    await stopInbox(clock, inbox);
  });

  it("never takes a live one's, however long they live side by side", async () => {
    const { clock, table, deleted, open } = inboxBench();
    const inboxes = [open(), open(), open()];
    for (const inbox of inboxes) await inbox.start();
    await clock.advance(20 * LEASE_MS);

    expect(inboxes.map(({ name }) => name)).toEqual(["inbox-1", "inbox-2", "inbox-3"]);
    expect(leases(table)).toHaveLength(3);
    expect(deleted).toEqual([]);
    await Promise.all(inboxes.map((inbox) => stopInbox(clock, inbox)));
  });

  it("is one, when several gateways find the dead one at once", async () => {
    const bed = inboxBench();
    const { clock, table, deleted, lines, open } = bed;
    await deadInbox(bed, "inbox-dead", { leaseMs: -2 * LEASE_MS });
    // Nobody claims it before all have seen it.
    let seen = 0;
    let letAllGo = (): void => {};
    const allHaveSeen = new Promise<void>((resolve) => {
      letAllGo = resolve;
    });
    const gatewayTable: MemoryItemStore = {
      ...table,
      async list(pk, options) {
        const page = await table.list(pk, options);
        seen += 1;
        if (seen === 4) letAllGo();
        await allHaveSeen;
        return page;
      },
    };
    const inboxes = [1, 2, 3, 4].map(() => open([], { gatewayTable }));
    await Promise.all(inboxes.map((inbox) => inbox.start()));
    await clock.advance(RENEW_MS);

    expect(leases(table)).not.toContain("inbox-dead");
    expect(deleted).toEqual(["inbox-dead"]);
    expect(lines.filter(({ message }) => message.startsWith("reaped"))).toHaveLength(1);
    await Promise.all(inboxes.map((inbox) => stopInbox(clock, inbox)));
  });

  it("that died after its claim is followed by another", async () => {
    const bed = inboxBench();
    const { clock, transport, table, open } = bed;
    await deadInbox(bed, "inbox-dead", { leaseMs: -2 * LEASE_MS });
    const items = typedItems(table, inboxLeaseItem);
    const claimed = await items.load("inbox-dead");
    if (claimed === undefined) throw new Error("no lease");
    await items.replace(claimed, claimed.value, { writtenBy: "reaped by inbox-0" });
    const inbox = open();
    await inbox.start();
    await clock.advance(RENEW_MS);

    expect(leases(table)).toEqual(["inbox-1"]);
    expect(exists(transport, "inbox-dead")).toBe(false);
    await stopInbox(clock, inbox);
  });

  it("finds the dead among more than one page of the living and the dead", async () => {
    const bed = inboxBench();
    const { clock, table, open } = bed;
    for (let count = 0; count < 150; count += 1) {
      await deadInbox(bed, `inbox-a${String(count).padStart(3, "0")}`, { hasQueue: false, leaseMs: 100 * LEASE_MS });
    }
    await deadInbox(bed, "inbox-dead", { leaseMs: -2 * LEASE_MS });
    const inbox = open();
    await inbox.start();
    await clock.advance(RENEW_MS);

    expect(leases(table)).not.toContain("inbox-dead");
    expect(leases(table)).toHaveLength(151);
    await stopInbox(clock, inbox);
  });
});

import { describe, expect, it } from "@jest/globals";
import type { ReceivedMessage } from "@lanyard/messaging";
import { exists, inboxBench, LEASE_MS, leases, RENEW_MS, stopInbox } from "../testing/inbox-bench.ts";

const event = (type: string) => ({ body: type, attributes: { type } });

describe("an inbox that is subscribed", () => {
  it("hears events of its types, and no others, until it is closed", async () => {
    const { clock, transport, table, open } = inboxBench();
    const received: ReceivedMessage[] = [];
    const inbox = open(received, { eventTypes: ["session.revoked"] });
    await inbox.start();
    expect(table.dump()[0]?.value).toMatchObject({ inbox: "inbox-1", subscription: expect.any(String) });
    for (const type of ["user.created", "session.revoked"]) await transport.publish("events", event(type));
    await clock.settle();
    expect(received.map(({ body }) => body)).toEqual(["session.revoked"]);
    await stopInbox(clock, inbox);
    await transport.createQueue("inbox-1", { retentionSeconds: 300, visibilitySeconds: 30 });
    await transport.publish("events", event("session.revoked"));

    expect(transport.held("inbox-1")).toEqual([]);
  });

  it("keeps its subscription as long as its lease", async () => {
    const { clock, table, open } = inboxBench();
    const inbox = open([], { eventTypes: ["session.revoked"] });
    await inbox.start();
    const { subscription } = table.dump()[0]?.value ?? {};
    await clock.advance(10 * RENEW_MS);

    expect(table.dump()[0]?.value["subscription"]).toBe(subscription);
    await stopInbox(clock, inbox);
  });

  it("hears events again under its next name", async () => {
    const { clock, transport, open } = inboxBench();
    const received: ReceivedMessage[] = [];
    const inbox = open(received, { eventTypes: ["session.revoked"] });
    await inbox.start();
    await transport.deleteQueue("inbox-1");
    await clock.advance(RENEW_MS + 1000);
    expect(inbox.name).toBe("inbox-2");
    await transport.publish("events", event("session.revoked"));
    await clock.settle();

    expect(received).toHaveLength(1);
    await stopInbox(clock, inbox);
  });

  it("is reaped with its subscription when its gateway has died", async () => {
    const { clock, transport, table, down, open } = inboxBench();
    const dead = open([], { eventTypes: ["session.revoked"] });
    await dead.start();
    down.transport = true;
    down.table = true;
    await stopInbox(clock, dead);
    down.transport = false;
    down.table = false;
    await clock.advance(3 * LEASE_MS);
    const other = open();
    await other.start();
    await clock.advance(RENEW_MS);

    expect(leases(table)).toEqual(["inbox-2"]);
    expect(exists(transport, "inbox-1")).toBe(false);
    await transport.createQueue("inbox-1", { retentionSeconds: 300, visibilitySeconds: 30 });
    await transport.publish("events", event("session.revoked"));
    expect(transport.held("inbox-1")).toEqual([]);
    await stopInbox(clock, other);
  });
});

describe("an inbox that is started again, as when the rest of its gateway could not start", () => {
  it("is the one it was: when it stops, nobody reads its queue", async () => {
    const { clock, transport, table, open } = inboxBench();
    const received: ReceivedMessage[] = [];
    const inbox = open(received);
    await inbox.start();
    await inbox.start();
    expect(leases(table)).toEqual(["inbox-1"]);
    await stopInbox(clock, inbox);
    await transport.createQueue("inbox-1", { retentionSeconds: 300, visibilitySeconds: 30 });
    await transport.send("inbox-1", event("reply"));
    await clock.advance(60_000);

    expect(received).toEqual([]);
    expect(transport.held("inbox-1")).toHaveLength(1);
  });
});

import { DependencyUnavailable } from "@lanyard/aws";
import { inboxLeaseItem } from "@lanyard/contracts";
import { type MemoryTransport, memoryTransport, type ReceivedMessage } from "@lanyard/messaging";
import { type VirtualClock, virtualClock } from "@lanyard/messaging/testing";
import { type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { Inbox, type InboxOptions } from "../inbox/inbox.ts";
import { recordingLog } from "./recording-log.ts";

export const RENEW_MS = 20_000;
export const LEASE_MS = 60_000;

/** Inboxes of several gateways over the same table and queues. */
export function inboxBench() {
  const clock = virtualClock();
  const deleted: string[] = [];
  const down = { transport: false, table: false };
  const memory = memoryTransport({ clock, queues: [], topics: ["events"] });
  const check = (isDown: boolean, name: "sqs" | "dynamodb"): void => {
    if (isDown) throw new DependencyUnavailable(name, new Error("down"));
  };
  const transport: MemoryTransport = {
    ...memory,
    async createQueue(name, options) {
      check(down.transport, "sqs");
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
  const open = (received: ReceivedMessage[] = [], change: Partial<InboxOptions> = {}): Inbox =>
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
  return { clock, transport, table, store, down, deleted, lines, open };
}

export type InboxBench = ReturnType<typeof inboxBench>;

/** The names of all inboxes with a lease. */
export const leases = (table: MemoryItemStore): readonly string[] =>
  table.dump().map(({ value }) => String(value["inbox"]));
export const exists = (transport: MemoryTransport, queue: string): boolean => {
  try {
    transport.held(queue);
    return true;
  } catch {
    return false;
  }
};
export const stopInbox = async (clock: VirtualClock, inbox: Inbox): Promise<void> => {
  const stopped = inbox.stop();
  await clock.advance(30_000);
  await stopped;
};
/** An inbox whose gateway died: nothing renews its lease, nothing reads its queue. */
export async function deadInbox(
  { table, transport, clock }: Pick<InboxBench, "table" | "transport" | "clock">,
  inbox: string,
  { hasQueue = true, leaseMs = LEASE_MS } = {},
): Promise<void> {
  const leaseUntil = new Date(clock.now() + leaseMs).toISOString();
  await typedItems(table, inboxLeaseItem).putIfAbsent({ inbox, leaseUntil }, [inbox], { writtenBy: inbox });
  if (hasQueue) await transport.createQueue(inbox, { retentionSeconds: 300, visibilitySeconds: 30 });
}

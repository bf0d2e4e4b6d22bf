import { DependencyUnavailable } from "@lanyard/aws";
import type { WindowCounters } from "@lanyard/gateway-service";
import type { MemoryTransport, OutgoingMessage } from "@lanyard/messaging";
import type { MemoryItemStore } from "@lanyard/storage";

/** What a test breaks, at any time; nothing is broken at first. */
export interface Faults {
  /** Queues that do not answer, by name. */
  readonly queuesDown: Set<string>;
  /** Queues that never answer a send: neither yes nor no. */
  readonly queuesHanging: Set<string>;
  /** Tables that do not answer, by name. */
  readonly tablesDown: Set<string>;
  /** What a queue that has taken a message waits for before it acknowledges. */
  beforeAcknowledging: (queue: string) => Promise<void>;
  /** Waited for before and after each call of a table: makes races of what is asked at once. */
  pause: () => Promise<void>;
  /** Whether a message is lost after it was acknowledged. */
  loses: (queue: string, message: OutgoingMessage) => boolean;
}

export const noFaults = (): Faults => ({
  queuesDown: new Set(),
  queuesHanging: new Set(),
  tablesDown: new Set(),
  beforeAcknowledging: async () => {},
  pause: async () => {},
  loses: () => false,
});

export function faultyTransport(transport: MemoryTransport, faults: Faults): MemoryTransport {
  const check = (queue: string): void => {
    if (faults.queuesDown.has(queue)) throw new DependencyUnavailable("sqs", new Error("down"));
  };
  return {
    ...transport,
    async send(queue, message) {
      check(queue);
      if (faults.queuesHanging.has(queue)) return new Promise(() => {});
      if (!faults.loses(queue, message)) await transport.send(queue, message);
      await faults.beforeAcknowledging(queue);
    },
    async receive(queue, options) {
      check(queue);
      return transport.receive(queue, options);
    },
    async depth(queue) {
      check(queue);
      return transport.depth(queue);
    },
    async probe(queue) {
      check(queue);
      return transport.probe(queue);
    },
  };
}

export function faultyTable(
  table: MemoryItemStore,
  name: string,
  faults: Pick<Faults, "tablesDown"> & Partial<Faults>,
): MemoryItemStore {
  const whenUp =
    <Args extends readonly unknown[], Result>(method: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await faults.pause?.();
      if (faults.tablesDown.has(name)) throw new DependencyUnavailable("dynamodb", new Error("down"));
      const result = await method(...args);
      await faults.pause?.();
      return result;
    };
  return {
    ...table,
    load: whenUp(table.load),
    putIfAbsent: whenUp(table.putIfAbsent),
    replace: whenUp(table.replace),
    remove: whenUp(table.remove),
    list: whenUp(table.list),
    scan: whenUp(table.scan),
    listByIndex: whenUp(table.listByIndex),
    probe: whenUp(table.probe),
  };
}

/** Counters that do not answer while the table `limits` is down. */
export function faultyCounters(counters: WindowCounters, { tablesDown }: Pick<Faults, "tablesDown">): WindowCounters {
  const check = (): void => {
    if (tablesDown.has("limits")) throw new DependencyUnavailable("dynamodb", new Error("down"));
  };
  return {
    async add(window, amount) {
      check();
      return counters.add(window, amount);
    },
    async subtract(window, amount) {
      check();
      return counters.subtract(window, amount);
    },
  };
}

import type { Clock } from "./clock.ts";
import { type OutgoingMessage, QueueGone, type ReceivedMessage, type Transport } from "./transport.ts";

interface Held {
  readonly messageId: string;
  readonly message: OutgoingMessage;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
}

interface Subscription {
  readonly topic: string;
  readonly queue: string;
  /** Types let through; absent: all. */
  readonly types?: readonly string[];
}

/** Queues and topics in memory, with the visibility semantics of SQS, on whatever clock it is given. */
export interface MemoryTransport extends Transport {
  /** Every message a queue holds, visible or in flight, oldest first. */
  held(queue: string): readonly OutgoingMessage[];
  /** Everything ever published, in order. */
  published(topic: string): readonly OutgoingMessage[];
  /** When the next hidden message of any of these queues shows again; `undefined` when none is hidden. */
  nextVisibleAt(queues: readonly string[]): number | undefined;
}

export function memoryTransport(options: {
  readonly clock: Clock;
  readonly queues: readonly string[];
  readonly topics: readonly string[];
  readonly subscriptions?: readonly Subscription[];
}): MemoryTransport {
  const { clock } = options;
  const queues = new Map<string, Held[]>(options.queues.map((name) => [name, []]));
  const topics = new Map<string, OutgoingMessage[]>(options.topics.map((name) => [name, []]));
  const subscriptions = [...(options.subscriptions ?? [])];
  const arrivals = new Set<() => void>();
  let sequence = 0;

  const held = (name: string): Held[] => {
    const queue = queues.get(name);
    if (queue === undefined) throw new QueueGone(name);
    return queue;
  };
  const put = (queue: Held[], message: OutgoingMessage): void => {
    sequence += 1;
    const now = clock.now();
    queue.push({
      messageId: `m${sequence}`,
      message: copyOf(message),
      sentAt: now,
      visibleAt: now,
      receiveCount: 0,
    });
    for (const wake of [...arrivals]) wake();
  };
  const take = (queue: Held[], max: number, visibilitySeconds: number): ReceivedMessage[] => {
    const now = clock.now();
    return queue
      .filter((entry) => entry.visibleAt <= now)
      .slice(0, max)
      .map((entry) => {
        entry.visibleAt = now + visibilitySeconds * 1000;
        entry.receiveCount += 1;
        return {
          messageId: entry.messageId,
          body: entry.message.body,
          attributes: { ...entry.message.attributes },
          receiptHandle: `${entry.messageId}#${entry.receiveCount}`,
          receiveCount: entry.receiveCount,
          sentAt: entry.sentAt,
        };
      });
  };
  /** A handle counts for the newest delivery only, as an expired one does on a standard queue. */
  const find = (queue: Held[], receiptHandle: string): Held | undefined =>
    queue.find((entry) => `${entry.messageId}#${entry.receiveCount}` === receiptHandle);
  const arrival = async (seconds: number): Promise<void> => {
    const cancel = new AbortController();
    let wake = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      wake = resolve;
      arrivals.add(wake);
    });
    await Promise.race([arrived, clock.sleep(seconds * 1000, cancel.signal)]);
    arrivals.delete(wake);
    cancel.abort();
  };

  return {
    async send(name, message) {
      put(held(name), message);
    },
    async receive(name, { max, waitSeconds, visibilitySeconds }) {
      const until = clock.now() + waitSeconds * 1000;
      for (;;) {
        const taken = take(held(name), max, visibilitySeconds);
        const now = clock.now();
        if (taken.length > 0 || now >= until) return taken;
        const nextShown = Math.min(until, ...held(name).map((entry) => entry.visibleAt));
        await arrival((nextShown - now) / 1000);
      }
    },
    async delete(name, receiptHandle) {
      const queue = held(name);
      const entry = find(queue, receiptHandle);
      if (entry !== undefined) queue.splice(queue.indexOf(entry), 1);
    },
    async changeVisibility(name, receiptHandle, seconds) {
      const entry = find(held(name), receiptHandle);
      if (entry === undefined) return;
      entry.visibleAt = clock.now() + seconds * 1000;
      for (const wake of [...arrivals]) wake();
    },
    async publish(topic, message) {
      const log = topics.get(topic);
      if (log === undefined) throw new QueueGone(topic);
      log.push(copyOf(message));
      for (const subscription of subscriptions) {
        if (subscription.topic !== topic) continue;
        if (subscription.types !== undefined && !subscription.types.includes(message.attributes["type"] ?? ""))
          continue;
        const queue = queues.get(subscription.queue);
        if (queue !== undefined) put(queue, message);
      }
    },
    depth: async (name) => held(name).length,
    async probe(name) {
      held(name);
    },
    async probeTopic(topic) {
      if (!topics.has(topic)) throw new QueueGone(topic);
    },
    async createQueue(name) {
      if (!queues.has(name)) queues.set(name, []);
    },
    async subscribe(topic, queue, types) {
      held(queue);
      if (!topics.has(topic)) throw new QueueGone(topic);
      const name = `${topic}/${queue}`;
      if (!subscriptions.some((known) => `${known.topic}/${known.queue}` === name))
        subscriptions.push({ topic, queue, types });
      return name;
    },
    async unsubscribe(name) {
      const index = subscriptions.findIndex((known) => `${known.topic}/${known.queue}` === name);
      if (index >= 0) subscriptions.splice(index, 1);
    },
    async deleteQueue(name) {
      queues.delete(name);
    },
    held: (name) => held(name).map((entry) => entry.message),
    published: (topic) => topics.get(topic) ?? [],
    nextVisibleAt(names) {
      const now = clock.now();
      const hidden = names
        .flatMap((name) => (queues.get(name) ?? []).map((entry) => entry.visibleAt))
        .filter((at) => at > now);
      return hidden.length === 0 ? undefined : Math.min(...hidden);
    },
  };
}

/** What was sent is as it was then, whatever its sender does to it later. */
const copyOf = (message: OutgoingMessage): OutgoingMessage => ({ ...message, attributes: { ...message.attributes } });

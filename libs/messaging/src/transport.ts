/** What is sent: the body is JSON text, attributes are what routing and authentication need beside it. */
export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Fair queues: messages of one group share their delay among themselves. A keyed hash, never an id. */
  readonly groupId?: string;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly receiptHandle: string;
  /** 1 on first delivery. */
  readonly receiveCount: number;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max: number;
  /** How long to wait for a first message, 0 to 20. */
  readonly waitSeconds: number;
  /** How long what is received stays hidden from others. */
  readonly visibilitySeconds: number;
}

/** There is no queue (or topic) of that name. */
export class QueueGone extends Error {
  readonly queue: string;
  constructor(queue: string) {
    super(`there is no queue or topic "${queue}"`);
    this.name = "QueueGone";
    this.queue = queue;
  }
}

/**
 * Queues and topics, at least once and in no order. Names are without prefix, as `session` or `session-dlq`.
 * Every method throws `DependencyUnavailable` when a later try may succeed, and `QueueGone` when the queue is not there.
 */
export interface Transport {
  /** Resolves once the queue has acknowledged. */
  send(queue: string, message: OutgoingMessage): Promise<void>;
  receive(queue: string, options: ReceiveOptions): Promise<readonly ReceivedMessage[]>;
  /** Deleting what is gone already is success. */
  delete(queue: string, receiptHandle: string): Promise<void>;
  /** Counts from now; 0 shows the message again at once. Of a message that is no longer in flight: success. */
  changeVisibility(queue: string, receiptHandle: string, seconds: number): Promise<void>;
  /** Resolves once the topic has acknowledged. */
  publish(topic: string, message: OutgoingMessage): Promise<void>;
  /** How many messages a queue has, those in flight too; approximately, as SQS counts. */
  depth(queue: string): Promise<number>;
  /** Succeeds when the queue answers. */
  probe(queue: string): Promise<void>;
  /** Succeeds when the topic answers. */
  probeTopic(topic: string): Promise<void>;
  /** Makes a queue for this process, for at most `retentionSeconds` old messages. */
  createQueue(
    queue: string,
    options: { readonly retentionSeconds: number; readonly visibilitySeconds: number },
  ): Promise<void>;
  /** Lets events of these types come to the queue too; gives the subscription's name. Done again it gives the same. */
  subscribe(topic: string, queue: string, types: readonly string[]): Promise<string>;
  /** Ending a subscription that is gone already is success. */
  unsubscribe(subscription: string): Promise<void>;
  /** Deleting a queue that is gone already is success. */
  deleteQueue(queue: string): Promise<void>;
}

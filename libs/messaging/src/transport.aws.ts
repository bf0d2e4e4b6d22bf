import {
  GetTopicAttributesCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  type SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { type Dependency, DependencyUnavailable, guard } from "@lanyard/aws";
import { microBatch } from "./micro-batch.ts";
import { type OutgoingMessage, QueueGone, type ReceivedMessage, type Transport } from "./transport.ts";

const BATCH_ITEMS = 10;
const BATCH_BYTES = 256_000;
const BATCHES_IN_FLIGHT = 2;

/** SQS and SNS; sends, deletes and publishes that happen together share a request. */
export function awsTransport(options: {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly prefix: string;
}): Transport {
  const { sqs, sns, prefix } = options;
  const urls = remembered((queue: string) =>
    guard("sqs", async () => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}-${queue}` }));
      return QueueUrl ?? "";
    }),
  );
  const arns = remembered((topic: string) => guard("sns", () => findTopic(sns, `${prefix}-${topic}`)));

  /** Runs with the queue's URL; a queue that is not there is forgotten, so that one made later is found. */
  const onQueue = async <R>(queue: string, work: (url: string) => Promise<R>): Promise<R> => {
    try {
      const url = await urls.get(queue);
      return await guard("sqs", () => work(url));
    } catch (error) {
      if (!isQueueGone(error)) throw error;
      urls.forget(queue);
      throw new QueueGone(queue);
    }
  };
  const sends = perName((queue) =>
    batched<OutgoingMessage>(bytesOf, (messages) =>
      onQueue(queue, async (url) => {
        const entries = messages.map((message, index) => ({
          Id: String(index),
          MessageBody: message.body,
          MessageAttributes: stringAttributes(message.attributes),
          ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
        }));
        const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
        return failures("sqs", messages.length, Failed);
      }),
    ),
  );
  const deletes = perName((queue) =>
    batched<string>(
      () => 0,
      (handles) =>
        onQueue(queue, async (url) => {
          const entries = handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
          const { Failed } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries }));
          return failures(
            "sqs",
            handles.length,
            Failed?.filter((entry) => !isStaleHandle({ name: entry.Code ?? "" })),
          );
        }),
    ),
  );
  const publishes = perName((topic) =>
    batched<OutgoingMessage>(bytesOf, async (messages) => {
      const TopicArn = await arns.get(topic);
      const entries = messages.map((message, index) => ({
        Id: String(index),
        Message: message.body,
        MessageAttributes: stringAttributes(message.attributes),
        ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
      }));
      return guard("sns", async () => {
        const { Failed } = await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }));
        return failures("sns", messages.length, Failed);
      });
    }),
  );

  return {
    send: (queue, message) => sends(queue)(message),
    delete: (queue, receiptHandle) => deletes(queue)(receiptHandle),
    publish: (topic, message) => publishes(topic)(message),
    receive: (queue, { max, waitSeconds, visibilitySeconds }) =>
      onQueue(queue, async (QueueUrl) => {
        const { Messages } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: max,
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: visibilitySeconds,
            MessageAttributeNames: ["All"],
            MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
          }),
        );
        return (Messages ?? []).map(received);
      }),
    changeVisibility: (queue, ReceiptHandle, VisibilityTimeout) =>
      onQueue(queue, async (QueueUrl) => {
        try {
          await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
        } catch (error) {
          if (!isStaleHandle(error)) throw error;
        }
      }),
    depth: (queue) =>
      onQueue(queue, async (QueueUrl) => {
        const { Attributes } = await sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl,
            AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
          }),
        );
        return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0);
      }),
    async probe(queue) {
      await onQueue(queue, (QueueUrl) =>
        sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] })),
      );
    },
    async probeTopic(topic) {
      const TopicArn = await arns.get(topic);
      await guard("sns", () => sns.send(new GetTopicAttributesCommand({ TopicArn })));
    },
    async createQueue(queue, { retentionSeconds, visibilitySeconds }) {
      await guard("sqs", () =>
        sqs.send(
          new CreateQueueCommand({
            QueueName: `${prefix}-${queue}`,
            Attributes: {
              MessageRetentionPeriod: String(retentionSeconds),
              VisibilityTimeout: String(visibilitySeconds),
            },
          }),
        ),
      );
    },
    subscribe: (topic, queue, types) =>
      onQueue(queue, async (QueueUrl) => {
        const TopicArn = await arns.get(topic);
        const { Attributes } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
        );
        const Endpoint = Attributes?.QueueArn ?? "";
        const Policy = JSON.stringify(onlyTopicMaySend(TopicArn, Endpoint));
        await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
        const { SubscriptionArn } = await guard("sns", () =>
          sns.send(
            new SubscribeCommand({
              TopicArn,
              Protocol: "sqs",
              Endpoint,
              ReturnSubscriptionArn: true,
              Attributes: { RawMessageDelivery: "true", FilterPolicy: JSON.stringify({ type: types }) },
            }),
          ),
        );
        return SubscriptionArn ?? "";
      }),
    async unsubscribe(SubscriptionArn) {
      try {
        await guard("sns", () => sns.send(new UnsubscribeCommand({ SubscriptionArn })));
      } catch (error) {
        if (!["NotFoundException", "NotFound"].includes(nameOf(error))) throw error;
      }
    },
    async deleteQueue(queue) {
      try {
        await onQueue(queue, (QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl })));
      } catch (error) {
        if (!(error instanceof QueueGone)) throw error;
      }
      urls.forget(queue);
    },
  };
}

const batched = <T>(
  bytes: (item: T) => number,
  flush: (items: readonly T[]) => Promise<readonly (Error | undefined)[]>,
): ((item: T) => Promise<void>) =>
  microBatch<T>({
    maxItems: BATCH_ITEMS,
    maxBytes: BATCH_BYTES,
    maxInFlight: BATCHES_IN_FLIGHT,
    bytesOf: bytes,
    flush,
  });

const bytesOf = (message: OutgoingMessage): number =>
  Buffer.byteLength(message.body) + Buffer.byteLength(JSON.stringify(message.attributes));

function perName<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}

/** Remembers what was found; a failed search is not remembered. */
function remembered(find: (name: string) => Promise<string>): {
  get(name: string): Promise<string>;
  forget(name: string): void;
} {
  const known = new Map<string, Promise<string>>();
  return {
    get(name) {
      const finding = known.get(name) ?? find(name);
      known.set(name, finding);
      finding.catch(() => known.get(name) === finding && known.delete(name));
      return finding;
    },
    forget: (name) => void known.delete(name),
  };
}

async function findTopic(sns: SNSClient, name: string): Promise<string> {
  let NextToken: string | undefined;
  do {
    const page = await sns.send(new ListTopicsCommand(NextToken === undefined ? {} : { NextToken }));
    const arn = page.Topics?.map((topic) => topic.TopicArn ?? "").find((candidate) => candidate.endsWith(`:${name}`));
    if (arn !== undefined) return arn;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  throw new QueueGone(name);
}

const stringAttributes = (
  attributes: Readonly<Record<string, string>>,
): Record<string, { DataType: "String"; StringValue: string }> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: "String" as const, StringValue }]),
  );

const received = (message: Message): ReceivedMessage => ({
  messageId: message.MessageId ?? "",
  body: message.Body ?? "",
  attributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, value.StringValue ?? ""]),
  ),
  receiptHandle: message.ReceiptHandle ?? "",
  receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
  sentAt: Number(message.Attributes?.SentTimestamp ?? 0),
});

/** The topic may send here beside the account's own principals, and no other topic. */
const onlyTopicMaySend = (topicArn: string, queueArn: string): object => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "sns.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queueArn,
      Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
    },
  ],
});

interface FailedEntry {
  readonly Id?: string | undefined;
  readonly SenderFault?: boolean | undefined;
  readonly Code?: string | undefined;
}

/** A refusal for which the sender is at fault will not be cured by trying again. */
function failures(
  dependency: Dependency,
  count: number,
  failed: readonly FailedEntry[] | undefined,
): readonly (Error | undefined)[] {
  const result = new Array<Error | undefined>(count).fill(undefined);
  for (const entry of failed ?? []) {
    const refusal = new Error(`${dependency} refused an entry: ${entry.Code ?? "no code"}`);
    result[Number(entry.Id)] = entry.SenderFault === true ? refusal : new DependencyUnavailable(dependency, refusal);
  }
  return result;
}

const nameOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";

const isQueueGone = (error: unknown): boolean =>
  ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"].includes(nameOf(error));

/** The message was deleted, or received again by another: its handle no longer counts. */
const isStaleHandle = (error: unknown): boolean =>
  [
    "ReceiptHandleIsInvalid",
    "MessageNotInflight",
    "AWS.SimpleQueueService.MessageNotInflight",
    "InvalidParameterValue",
  ].includes(nameOf(error));

import { type AttributeValue, paginateScan } from "@aws-sdk/client-dynamodb";
import { ListTopicsCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import { createDynamoClient, createSnsClient, createSqsClient } from "@lanyard/aws";
import { sessionItem } from "@lanyard/contracts";
import { readTopology } from "@lanyard/local-cloud";
import { eventually } from "@lanyard/messaging/testing";
import type { ItemValue } from "@lanyard/storage";
import { type AuditedItem, type AuditedState, findFaults } from "./find-faults.ts";
import type { Told } from "./load.ts";

/** Looks at a stack from outside: at its tables, queues and events, with clients of its own. */
export interface Auditor {
  /** Waits until no queue holds a message, then says everything in which what stands is not what clients were told. */
  faults(told: readonly Told[]): Promise<string[]>;
  /** Messages in a queue: waiting, hidden and delayed. */
  messagesIn(queue: string): Promise<number>;
  /** Every session that stands, also those that have ended. */
  sessions(): Promise<readonly ItemValue<typeof sessionItem>[]>;
  close(): void;
}

/** The auditor's own, beside the queues of the stack. */
const EVENTS_QUEUE = "auditor";
const AT_REST_TIMEOUT_MS = 90_000;

/**
 * `env` is that of the stack's services. Hears every event that is published from here on, and misses those of operations
 * from before: where there are some, `hearsEvents: false` leaves events alone.
 */
export async function startAuditor(
  env: Readonly<Record<string, string>>,
  { hearsEvents = true }: { readonly hearsEvents?: boolean } = {},
): Promise<Auditor> {
  const { queues } = readTopology();
  const named = (name: string): string => `${env["LANYARD_PREFIX"]}-${name}`;
  const client = (endpoint: string) => ({ region: env["AWS_REGION"] ?? "", endpoint: env[endpoint] ?? "" });
  const sqs = createSqsClient(client("AWS_ENDPOINT_URL_SQS"));
  const sns = createSnsClient(client("AWS_ENDPOINT_URL_SNS"));
  const dynamo = createDynamoClient(client("AWS_ENDPOINT_URL_DYNAMODB"));

  const urlOf = async (queue: string) => (await sqs.send(new GetQueueUrlCommand({ QueueName: named(queue) }))).QueueUrl;

  const subscribe = async (): Promise<void> => {
    await sqs.send(new CreateQueueCommand({ QueueName: named(EVENTS_QUEUE) }));
    const { Attributes: made } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: await urlOf(EVENTS_QUEUE), AttributeNames: ["QueueArn"] }),
    );
    const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
    await sns.send(
      new SubscribeCommand({
        TopicArn: Topics.find(({ TopicArn }) => TopicArn?.endsWith(`:${named("events")}`))?.TopicArn,
        Protocol: "sqs",
        Endpoint: made?.["QueueArn"],
        Attributes: { RawMessageDelivery: "true" },
      }),
    );
  };
  if (hearsEvents) await subscribe();

  const messagesIn = async (queue: string): Promise<number> => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await urlOf(queue),
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
          "ApproximateNumberOfMessagesDelayed",
        ],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  };

  const itemsOf = async (table: string): Promise<AuditedItem[]> => {
    const items: AuditedItem[] = [];
    const scan = { TableName: named(table), ConsistentRead: true };
    for await (const { Items = [] } of paginateScan({ client: dynamo }, scan)) {
      items.push(...Items.map((item) => plain({ M: item }) as AuditedItem));
    }
    return items;
  };

  const eventBodies = new Set<string>();
  /** What is not deleted stays hidden: nothing comes twice within one audit. */
  const hearEvents = async (): Promise<void> => {
    const QueueUrl = await urlOf(EVENTS_QUEUE);
    for (;;) {
      const batches = await Promise.all(
        Array.from({ length: 4 }, () =>
          sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 })),
        ),
      );
      const messages = batches.flatMap(({ Messages = [] }) => Messages);
      if (messages.length === 0) return;
      for (const { Body = "" } of messages) eventBodies.add(Body);
    }
  };

  return {
    messagesIn,
    async sessions() {
      const items = await itemsOf("session");
      return items.filter(({ value }) => "generation" in value).map(({ value }) => sessionItem.schema.parse(value));
    },
    async faults(told) {
      const commandQueues = queues.map(({ name }) => name);
      await eventually(
        "every command queue is empty",
        async () => (await Promise.all(commandQueues.map(messagesIn))).every((count) => count === 0),
        { timeoutMs: AT_REST_TIMEOUT_MS, everyMs: 100 },
      );
      if (hearsEvents) await hearEvents();
      const [users, sessions, outcomes] = await Promise.all(["identity", "session", "operations"].map(itemsOf));
      const deadLetters = await Promise.all(
        queues.map(async ({ deadLetterQueue: { name } }) => [name, await messagesIn(name)] as const),
      );
      const state: AuditedState = {
        users: users ?? [],
        sessions: sessions ?? [],
        outcomes: outcomes ?? [],
        ...(hearsEvents && { eventBodies: [...eventBodies] }),
        deadLetters: Object.fromEntries(deadLetters),
      };
      return findFaults(state, told, env);
    },
    close() {
      for (const each of [sqs, sns, dynamo]) each.destroy();
    },
  };
}

/** Of the kinds of attributes that items here are made of. */
function plain({ S, N, BOOL, L, M }: Partial<Record<keyof AttributeValue, unknown>> & object): unknown {
  if (M !== undefined) {
    return Object.fromEntries(
      Object.entries(M as Record<string, AttributeValue>).map(([name, value]) => [name, plain(value)]),
    );
  }
  if (L !== undefined) return (L as AttributeValue[]).map(plain);
  return N === undefined ? (S ?? BOOL) : Number(N);
}

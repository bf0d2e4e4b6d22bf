import { randomUUID } from "node:crypto";
import { CreateTableCommand, DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateTopicCommand, PublishCommand } from "@aws-sdk/client-sns";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createDynamoClient, createSnsClient, createSqsClient } from "@lanyard/aws";
import { provision } from "./provision.ts";
import { readTopology, type Topology } from "./topology.ts";

const sqs = createSqsClient();
const sns = createSnsClient();
const dynamodb = createDynamoClient();

afterAll(() => {
  for (const client of [sqs, sns, dynamodb]) client.destroy();
});

let prefix: string;
let topology: Topology;

beforeEach(() => {
  prefix = `it-${randomUUID().slice(0, 8)}`;
  topology = {
    ...readTopology(),
    subscriptions: [{ topic: "events", queue: "session", filterPolicy: { type: ["wanted"] }, rawDelivery: true }],
  };
});

const run = (changed: Topology = topology, log: (line: string) => void = () => undefined) =>
  provision({ topology: changed, prefix, sqs, sns, dynamodb, log });

const withQueue = (name: string, change: Partial<Topology["queues"][number]>): Topology => ({
  ...topology,
  queues: topology.queues.map((queue) => (queue.name === name ? { ...queue, ...change } : queue)),
});

async function urlOf(name: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}-${name}` }));
  if (QueueUrl === undefined) throw new Error("no URL");
  return QueueUrl;
}

async function attributesOf(name: string): Promise<Record<string, string>> {
  const QueueUrl = await urlOf(name);
  return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }))).Attributes ?? {};
}

async function indexesOf(table: string) {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: `${prefix}-${table}` }));
  return Table?.GlobalSecondaryIndexes ?? [];
}

async function bodiesIn(name: string, WaitTimeSeconds = 1): Promise<string[]> {
  const QueueUrl = await urlOf(name);
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: 10 }),
  );
  return Messages.map((each) => each.Body ?? "");
}

async function publish(type: string, Message: string): Promise<void> {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `${prefix}-events` }));
  const MessageAttributes = { type: { DataType: "String", StringValue: type } };
  await sns.send(new PublishCommand({ TopicArn, Message, MessageAttributes }));
}

/** Holds requests of the kind back until `event` has happened: after the look that found nothing, before making it. */
function before(client: { middlewareStack: unknown }, command: string, event: () => Promise<unknown>): void {
  type Next = (args: unknown) => Promise<unknown>;
  type Middleware = (next: Next, context: { commandName?: string }) => Next;
  const stack = client.middlewareStack as { add(middleware: Middleware, options: { step: "initialize" }): void };
  const held: Middleware = (next, context) => async (args) => {
    if (context.commandName === command) await event();
    return next(args);
  };
  stack.add(held, { step: "initialize" });
}

describe("provisioning", () => {
  it("makes everything the first time and changes nothing the second time", async () => {
    const first = await run();
    const second = await run();
    expect(first.unchanged).toEqual([]);
    expect(first.created).toEqual(second.unchanged);
    expect(first.created).toEqual([
      ...topology.queues
        .flatMap(({ name }) => [name, `${name}-dlq`])
        .map((name) => `queue ${prefix}-${name}`)
        .sort(),
      `subscription ${prefix}-events → ${prefix}-session`,
      ...topology.tables.map(({ name }) => `table ${prefix}-${name}`).sort(),
      ...topology.topics.map(({ name }) => `topic ${prefix}-${name}`).sort(),
    ]);
    expect([second.created, second.updated]).toEqual([[], []]);
  });

  it("is done once when several do it at once", async () => {
    await Promise.all([run(), run(), run()]);
    const after = await run();
    expect([after.created, after.updated]).toEqual([[], []]);
    await publish("wanted", "one copy");
    expect(await bodiesIn("session")).toEqual(["one copy"]);
    expect(await bodiesIn("session", 0)).toEqual([]);
  });

  it("gives a queue that is there the settings of the topology", async () => {
    await run();
    const changed = withQueue("token", { visibilityTimeoutSeconds: 7, maxReceiveCount: 3 });
    expect((await run(changed)).updated).toEqual([`queue ${prefix}-token`]);
    const { VisibilityTimeout, RedrivePolicy, MessageRetentionPeriod } = await attributesOf("token");
    expect(VisibilityTimeout).toBe("7");
    expect(JSON.parse(RedrivePolicy ?? "")).toMatchObject({ maxReceiveCount: 3 });
    expect(MessageRetentionPeriod).toBe("1209600");
    expect((await run(changed)).updated).toEqual([]);
  });

  it("settles on one of two topologies that are provisioned at once", async () => {
    const changed = withQueue("token", { visibilityTimeoutSeconds: 7 });
    await Promise.all([run(), run(changed)]);
    expect(["7", "30"]).toContain((await attributesOf("token")).VisibilityTimeout);
  });

  it.each(["CreateQueueCommand", "SubscribeCommand", "CreateTableCommand"])(
    "ends with the settings of the topology when another one is just ahead: %s",
    async (command) => {
      const otherSettings: Record<string, Topology> = {
        CreateQueueCommand: withQueue("token", { visibilityTimeoutSeconds: 7 }),
        SubscribeCommand: { ...topology, subscriptions: [{ topic: "events", queue: "session", rawDelivery: true }] },
      };
      const other = otherSettings[command] ?? topology;
      let otherRun: Promise<unknown> | undefined;
      const overtaken = { sqs: createSqsClient(), sns: createSnsClient(), dynamodb: createDynamoClient() };
      for (const client of Object.values(overtaken)) before(client, command, () => (otherRun ??= run(other)));
      await provision({ topology, prefix, ...overtaken });
      for (const client of Object.values(overtaken)) client.destroy();
      expect(otherRun).toBeDefined();
      const after = await run();
      expect([after.created, after.updated]).toEqual([[], []]);
    },
  );

  it("lets a message that was received too often go to the dead-letter queue", async () => {
    await run(withQueue("token", { visibilityTimeoutSeconds: 0, maxReceiveCount: 1 }));
    await sqs.send(new SendMessageCommand({ QueueUrl: await urlOf("token"), MessageBody: "poison" }));
    expect(await bodiesIn("token")).toEqual(["poison"]);
    expect(await bodiesIn("token")).toEqual([]);
    expect(await bodiesIn("token-dlq")).toEqual(["poison"]);
  });

  it("subscribes a queue to what its filter lets through, without an envelope", async () => {
    await run();
    await publish("other", "not this one");
    await publish("wanted", "this one");
    expect(await bodiesIn("session")).toEqual(["this one"]);
  });

  it("gives a subscription that is there the filter of the topology, and takes one away", async () => {
    await run();
    const unfiltered: Topology = {
      ...topology,
      subscriptions: [{ topic: "events", queue: "session", rawDelivery: true }],
    };
    expect((await run(unfiltered)).updated).toEqual([`subscription ${prefix}-events → ${prefix}-session`]);
    await publish("other", "anything");
    expect(await bodiesIn("session")).toEqual(["anything"]);
    expect((await run(unfiltered)).updated).toEqual([]);
    expect((await run()).updated).toEqual([`subscription ${prefix}-events → ${prefix}-session`]);
  });

  it("lets only its topics send to a subscribed queue", async () => {
    await run();
    const { Policy, QueueArn } = await attributesOf("session");
    expect(JSON.parse(Policy ?? "").Statement).toEqual([
      expect.objectContaining({
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: QueueArn,
        Condition: { ArnEquals: { "aws:SourceArn": [expect.stringMatching(`:${prefix}-events$`)] } },
      }),
    ]);
    expect((await attributesOf("token")).Policy).toBeUndefined();
  });

  it("gives a new table its indexes", async () => {
    await run();
    expect(await indexesOf("identity")).toEqual([
      expect.objectContaining({
        IndexName: "by_email",
        IndexStatus: "ACTIVE",
        KeySchema: [{ AttributeName: "by_email", KeyType: "HASH" }],
        Projection: expect.objectContaining({ ProjectionType: "KEYS_ONLY" }),
      }),
    ]);
    expect(await indexesOf("session")).toEqual([]);
  });

  it("adds an index to a table that is there, or says each time that this DynamoDB does not", async () => {
    await run({ ...topology, tables: topology.tables.map((table) => ({ ...table, indexes: [] })) });
    expect(await indexesOf("identity")).toEqual([]);
    const lines: string[] = [];
    const { updated } = await run(topology, (line) => lines.push(line));
    const says = `this DynamoDB adds no index to a table that is there: ${prefix}-identity has no by_email until it is made anew`;
    const isAdded = (await indexesOf("identity")).some(({ IndexName }) => IndexName === "by_email");
    expect([updated, lines.includes(says)]).toEqual(isAdded ? [[`table ${prefix}-identity`], false] : [[], true]);
    expect((await run()).updated).toEqual([]);
  });

  it("refuses a table that is there with another key", async () => {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: `${prefix}-session`,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
    await expect(run()).rejects.toThrow(
      `table ${prefix}-session is there with the key (id N HASH), not (pk S HASH, sk S RANGE)`,
    );
  });
});

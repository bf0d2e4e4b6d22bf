import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateTopicCommand, PublishBatchCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

// Without the SDK's checksums and with its own defaults otherwise: nothing of this project is in the way.
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, md5: false });
const sns = new SNSClient({});
const dynamo = new DynamoDBClient({});

const batchItems = 10;

/** As long as a MAC in an envelope. */
const mac = "m".repeat(55);
const attributes = {
  type: { DataType: "String", StringValue: "floor.command" },
  mac: { DataType: "String", StringValue: mac },
};

/** Makes the queue unless it is there. */
export async function queueUrl(name: string): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  return QueueUrl;
}

/** Makes the topic unless it is there. */
export async function topicArn(name: string): Promise<string> {
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: name }));
  return TopicArn;
}

export async function receive(QueueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: batchItems,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
    }),
  );
  return Messages;
}

export const sendAll = (QueueUrl: string, bodies: readonly string[]): Promise<void> =>
  inBatches(bodies, (batch) =>
    sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: batch.map((MessageBody, index) => ({ Id: String(index), MessageBody, MessageAttributes: attributes })),
      }),
    ),
  );

export const publishAll = (TopicArn: string, bodies: readonly string[]): Promise<void> =>
  inBatches(bodies, (batch) =>
    sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: batch.map((Message, index) => ({
          Id: String(index),
          Message,
          MessageAttributes: attributes,
        })),
      }),
    ),
  );

export const deleteAll = (QueueUrl: string, messages: readonly Message[]): Promise<void> =>
  inBatches(messages, (batch) =>
    sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: batch.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    ),
  );

/** One item, unless one of this id is there. */
export async function putIfAbsent(TableName: string, id: string, value: string): Promise<void> {
  await dynamo.send(
    new PutItemCommand({
      TableName,
      Item: { pk: { S: `floor#${id}` }, sk: { S: "item" }, value: { S: value }, version: { N: "1" } },
      ConditionExpression: "attribute_not_exists(#pk)",
      ExpressionAttributeNames: { "#pk": "pk" },
    }),
  );
}

async function inBatches<Item>(
  items: readonly Item[],
  send: (batch: readonly Item[]) => Promise<{ readonly Failed?: readonly unknown[] | undefined }>,
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(items.length / batchItems) }, (_, index) =>
    items.slice(index * batchItems, (index + 1) * batchItems),
  );
  const answers = await Promise.all(batches.map(send));
  if (answers.some(({ Failed = [] }) => Failed.length > 0)) throw new Error("the emulator refused an entry");
}

import { randomUUID } from "node:crypto";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createDynamoClient } from "@lanyard/aws";
import { dataItem } from "@lanyard/contracts";
import { dynamoItemStore, typedItems } from "@lanyard/storage";
import { answerQuestions } from "../../process/answer-questions.ts";
import { eachOnce } from "../measure/each-once.ts";
import type { ItemWrites } from "./item-writes.ts";

const TableName = `${process.env["LANYARD_PREFIX"]}-merge`;
const items = typedItems(dynamoItemStore({ client: createDynamoClient(), tableName: TableName }), dataItem);
// With its own defaults: nothing of this project is in the way.
const sdk = new DynamoDBClient({});
const seededAtOnce = 32;

answerQuestions<ItemWrites, number>(async (asked) => {
  const startedAt = performance.now();
  const { count } = asked;
  const [atOnce, write] =
    asked.kind === "seed" ? [seededAtOnce, () => seed(asked.userId)] : [asked.atOnce, () => putIfAbsent()];
  await eachOnce(
    Array.from({ length: count }, (_, index) => index),
    Array.from({ length: atOnce }, () => write),
  );
  return (performance.now() - startedAt) / 1000;
});

async function seed(userId: string): Promise<void> {
  const itemId = randomUUID();
  const at = new Date().toISOString();
  await items.putIfAbsent(
    { itemId, kind: "configuration", name: itemId, json: VALUE, version: 1, createdAt: at, updatedAt: at, changes: [] },
    [userId, "configuration", itemId],
    { writtenBy: "bench" },
  );
}

async function putIfAbsent(): Promise<void> {
  await sdk.send(
    new PutItemCommand({
      TableName,
      Item: { pk: { S: `raw#${randomUUID()}` }, sk: { S: "raw" }, json: { S: VALUE } },
      ConditionExpression: "attribute_not_exists(pk)",
    }),
  );
}

const VALUE = JSON.stringify({ widgets: Array.from({ length: 20 }, (_, index) => ({ index, title: "a widget" })) });

import {
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type GlobalSecondaryIndexDescription,
  type TableDescription,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { isErrorNamed } from "./error-name.ts";
import type { IndexTopology } from "./topology.ts";

// What is in the table already is filled in, which takes AWS minutes however little it is.
const activeTimeoutMs = 900_000;
const firstPollMs = 20;
const longestPollMs = 5000;

/** An index as DynamoDB is told of it. */
export const indexDefinition = (index: IndexTopology) =>
  ({
    IndexName: index.name,
    KeySchema: [{ AttributeName: index.partitionKey, KeyType: "HASH" }],
    Projection: { ProjectionType: "KEYS_ONLY" },
  }) satisfies GlobalSecondaryIndex;

/**
 * Adds the indexes that the table lacks, one at a time as DynamoDB wants it, waits until each can be asked (15 minutes at
 * most), and removes none. `look` describes the table as it is now. `missing`: the DynamoDB adds none to a table that is
 * there. Throws when an index of the name goes by another attribute.
 */
export async function ensureIndexes(
  dynamodb: Pick<DynamoDBClient, "send">,
  tableName: string,
  indexes: readonly IndexTopology[],
  look: () => Promise<TableDescription>,
): Promise<{ added: string[]; missing: string[] }> {
  const added: string[] = [];
  const missing: string[] = [];
  for (const index of indexes) {
    const deadline = Date.now() + activeTimeoutMs;
    for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, longestPollMs)) {
      const table = await look();
      const existing = indexIn(table, index);
      if (existing !== undefined) requireKey(existing, tableName, index);
      if (existing?.IndexStatus === "ACTIVE") break;
      // A description may be older than the order.
      if (existing === undefined && !added.includes(index.name)) {
        const answer = await order(dynamodb, tableName, index, table);
        if (answer === "accepted") added.push(index.name);
        if (answer === "unsupported") {
          missing.push(index.name);
          break;
        }
      }
      if (Date.now() > deadline) {
        throw new Error(
          `index ${index.name} of table ${tableName} is ${existing?.IndexStatus ?? "missing"}, not ACTIVE`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
  return { added, missing };
}

async function order(
  dynamodb: Pick<DynamoDBClient, "send">,
  tableName: string,
  index: IndexTopology,
  { AttributeDefinitions = [] }: TableDescription,
): Promise<"accepted" | "unsupported" | "busy"> {
  const others = AttributeDefinitions.filter((each) => each.AttributeName !== index.partitionKey);
  try {
    const { TableDescription: table = {} } = await dynamodb.send(
      new UpdateTableCommand({
        TableName: tableName,
        AttributeDefinitions: [...others, { AttributeName: index.partitionKey, AttributeType: "S" }],
        GlobalSecondaryIndexUpdates: [{ Create: indexDefinition(index) }],
      }),
    );
    return indexIn(table, index) === undefined ? "unsupported" : "accepted";
  } catch (error) {
    // Another provisioner was first, with this index or with another one.
    if (isErrorNamed(error, ["ResourceInUseException", "LimitExceededException"])) return "busy";
    if (isErrorNamed(error, ["ValidationException"]) && /already exists/i.test(error.message)) return "busy";
    // The embedded one wants to be told a throughput, which AWS refuses to be told of tables on demand; and adds none then.
    if (isErrorNamed(error, ["ValidationException"]) && /create\.provisionedThroughput/.test(error.message)) {
      return "unsupported";
    }
    throw error;
  }
}

function requireKey(existing: GlobalSecondaryIndexDescription, tableName: string, index: IndexTopology): void {
  const key = (existing.KeySchema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(", ");
  const wanted = `${index.partitionKey} HASH`;
  if (key === wanted) return;
  throw new Error(
    `index ${index.name} of table ${tableName} is there with the key (${key}), not (${wanted}): remove it`,
  );
}

const indexIn = (table: TableDescription, index: IndexTopology): GlobalSecondaryIndexDescription | undefined =>
  table.GlobalSecondaryIndexes?.find((each) => each.IndexName === index.name);

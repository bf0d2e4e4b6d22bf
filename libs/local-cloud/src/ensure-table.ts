import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { isErrorNamed } from "./error-name.ts";
import type { TableTopology } from "./topology.ts";

const activeTimeoutMs = 120_000;
const firstPollMs = 20;
const longestPollMs = 2000;

/**
 * Makes the table, waits until it is ACTIVE and switches its time to live on; throws when a table of the name has
 * another key. `expires` is false where the DynamoDB has no time to live: items outlive their `ttl` and nothing else
 * changes, since readers compare `ttl` anyway (AWS may take days to delete).
 */
export async function ensureTable(
  dynamodb: DynamoDBClient,
  name: string,
  table: TableTopology,
): Promise<{ outcome: "created" | "updated" | "unchanged"; expires: boolean }> {
  const existing = await describe(dynamodb, name);
  const created = existing === undefined && (await createTable(dynamodb, name, table));
  requireKey(await whenActive(dynamodb, name), name, table);
  const timeToLive = await ensureTimeToLive(dynamodb, name, table.ttlAttribute);
  const outcome = created ? "created" : timeToLive === "switched-on" ? "updated" : "unchanged";
  return { outcome, expires: timeToLive !== "unsupported" };
}

async function describe(dynamodb: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (isErrorNamed(error, ["ResourceNotFoundException"])) return undefined;
    throw error;
  }
}

async function createTable(dynamodb: DynamoDBClient, name: string, table: TableTopology): Promise<boolean> {
  try {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: table.partitionKey, AttributeType: "S" },
          { AttributeName: table.sortKey, AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: table.partitionKey, KeyType: "HASH" },
          { AttributeName: table.sortKey, KeyType: "RANGE" },
        ],
      }),
    );
    return true;
  } catch (error) {
    // Another provisioner was first.
    if (isErrorNamed(error, ["ResourceInUseException"])) return false;
    throw error;
  }
}

async function whenActive(dynamodb: DynamoDBClient, name: string): Promise<TableDescription> {
  const deadline = Date.now() + activeTimeoutMs;
  for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, longestPollMs)) {
    const description = await describe(dynamodb, name);
    if (description?.TableStatus === "ACTIVE" || description?.TableStatus === "UPDATING") return description;
    if (Date.now() > deadline) throw new Error(`table ${name} is ${description?.TableStatus ?? "missing"}, not ACTIVE`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function requireKey(description: TableDescription, name: string, table: TableTopology): void {
  const key = (description.KeySchema ?? []).map(({ AttributeName: attribute, KeyType: kind }) => {
    const type = description.AttributeDefinitions?.find((each) => each.AttributeName === attribute)?.AttributeType;
    return `${attribute} ${type} ${kind}`;
  });
  const wanted = [`${table.partitionKey} S HASH`, `${table.sortKey} S RANGE`];
  if (key.join(", ") !== wanted.join(", ")) {
    throw new Error(
      `table ${name} is there with the key (${key.join(", ")}), not (${wanted.join(", ")}): remove it or choose another LANYARD_PREFIX`,
    );
  }
}

async function ensureTimeToLive(
  dynamodb: DynamoDBClient,
  name: string,
  attribute: string,
): Promise<"switched-on" | "was-on" | "unsupported"> {
  try {
    const { TimeToLiveDescription: current } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: name }));
    const isOn = current?.TimeToLiveStatus === "ENABLED" || current?.TimeToLiveStatus === "ENABLING";
    if (isOn && current.AttributeName === attribute) return "was-on";
    await dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName: name,
        TimeToLiveSpecification: { AttributeName: attribute, Enabled: true },
      }),
    );
    return "switched-on";
  } catch (error) {
    if (isErrorNamed(error, ["UnknownOperationException"])) return "unsupported";
    // Another provisioner has just switched it on, or is about to.
    if (isErrorNamed(error, ["ValidationException"]) && /already enabled/i.test(error.message)) return "was-on";
    if (isErrorNamed(error, ["ResourceInUseException"])) return "was-on";
    throw error;
  }
}

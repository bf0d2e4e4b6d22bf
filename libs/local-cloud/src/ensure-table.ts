import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { ensureIndexes, indexDefinition } from "./ensure-indexes.ts";
import { isErrorNamed } from "./error-name.ts";
import type { TableTopology } from "./topology.ts";

const activeTimeoutMs = 120_000;
const firstPollMs = 20;
const longestPollMs = 2000;

export interface EnsuredTable {
  outcome: "created" | "updated" | "unchanged";
  /**
   * False where the DynamoDB has no time to live: items outlive their `ttl` and nothing else changes, since readers compare
   * `ttl` anyway (AWS may take days to delete).
   */
  expires: boolean;
  /** Indexes that the table lacks, since it was there before them and the DynamoDB adds none: what asks them fails. */
  missingIndexes: string[];
}

/**
 * Makes the table, waits until it is ACTIVE, adds the indexes it lacks and switches its time to live on; throws when a
 * table of the name has another key, or an index of the name goes by another attribute.
 */
export async function ensureTable(dynamodb: DynamoDBClient, name: string, table: TableTopology): Promise<EnsuredTable> {
  const existing = await describe(dynamodb, name);
  const created = existing === undefined && (await createTable(dynamodb, name, table));
  const look = () => whenActive(dynamodb, name);
  requireKey(await look(), name, table);
  const { added, missing } = await ensureIndexes(dynamodb, name, table.indexes, look);
  const timeToLive = await ensureTimeToLive(dynamodb, name, table.ttlAttribute);
  const updated = added.length > 0 || timeToLive === "switched-on";
  const outcome = created ? "created" : updated ? "updated" : "unchanged";
  return { outcome, expires: timeToLive !== "unsupported", missingIndexes: missing };
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
          ...keyOf(table).map(({ attribute }) => ({ AttributeName: attribute, AttributeType: "S" as const })),
          ...table.indexes.map((index) => ({ AttributeName: index.partitionKey, AttributeType: "S" as const })),
        ],
        KeySchema: keyOf(table).map(({ attribute, kind }) => ({ AttributeName: attribute, KeyType: kind })),
        // An empty list is refused.
        ...(table.indexes.length === 0 ? {} : { GlobalSecondaryIndexes: table.indexes.map(indexDefinition) }),
      }),
    );
    return true;
  } catch (error) {
    // Another provisioner was first.
    if (isErrorNamed(error, ["ResourceInUseException"])) return false;
    throw error;
  }
}

const keyOf = ({ partitionKey, sortKey }: TableTopology) => [
  { attribute: partitionKey, kind: "HASH" as const },
  ...(sortKey === undefined ? [] : [{ attribute: sortKey, kind: "RANGE" as const }]),
];

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
  const wanted = keyOf(table).map(({ attribute, kind }) => `${attribute} S ${kind}`);
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

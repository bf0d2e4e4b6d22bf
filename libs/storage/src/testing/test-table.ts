import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

const MAX_WAIT_SECONDS = 30;

export interface TestTable {
  readonly tableName: string;
  /** Deletes the table with all that is in it. */
  drop(): Promise<void>;
}

/** Creates an empty table of its own for a test, with a random name and the given indexes; resolves when it answers. */
export const createTestTable = async (
  client: DynamoDBClient,
  { indexes = [] }: { readonly indexes?: readonly string[] } = {},
): Promise<TestTable> => {
  const TableName = `test-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
        ...indexes.map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map((IndexName) => ({
          IndexName,
          KeySchema: [{ AttributeName: IndexName, KeyType: "HASH" as const }],
          Projection: { ProjectionType: "KEYS_ONLY" as const },
        })),
      }),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 1, maxDelay: 1 }, { TableName });
  return {
    tableName: TableName,
    drop: async () => {
      await client.send(new DeleteTableCommand({ TableName }));
    },
  };
};

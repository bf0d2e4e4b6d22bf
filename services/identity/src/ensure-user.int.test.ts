import { afterAll, beforeAll } from "@jest/globals";
import { createDynamoClient } from "@lanyard/aws";
import { dynamoItemStore } from "@lanyard/storage";
import { createTestTable, type TestTable } from "@lanyard/storage/testing";
import { signInRaces } from "./testing/sign-in-races.ts";

const client = createDynamoClient();
let table: TestTable;

beforeAll(async () => {
  table = await createTestTable(client, { indexes: ["by_email"] });
});
afterAll(async () => {
  await table.drop();
  client.destroy();
});

signInRaces("dynamo", () => dynamoItemStore({ client, tableName: table.tableName }));

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createDynamoClient, DependencyUnavailable } from "@lanyard/aws";
import fc from "fast-check";
import { CorruptItem } from "./corrupt-item.ts";
import { dynamoItemStore } from "./item-store.dynamo.ts";
import { memoryItemStore } from "./item-store.memory.ts";
import type { ItemKey, ItemStore } from "./item-store.ts";
import { itemStoreContract } from "./testing/item-store-contract.ts";
import { TEST_INDEX } from "./testing/item-store-index-contract.ts";
import { applyTo, storeSteps } from "./testing/item-store-model.ts";
import { createTestTable, type TestTable } from "./testing/test-table.ts";

const client = createDynamoClient();
let table: TestTable;

beforeAll(async () => {
  table = await createTestTable(client, { indexes: [TEST_INDEX] });
});
afterAll(async () => {
  await table.drop();
  client.destroy();
});

const makeStore = (through: DynamoDBClient = client) =>
  dynamoItemStore({ client: through, tableName: table.tableName });

itemStoreContract("dynamo", () => makeStore());

describe("the DynamoDB item store", () => {
  let store: ItemStore;
  let key: ItemKey;
  beforeEach(() => {
    store = makeStore();
    key = { pk: `dynamo#${randomUUID()}`, sk: "item" };
  });

  it("answers as the memory item store does, whatever the order of calls", async () => {
    await fc.assert(
      fc.asyncProperty(storeSteps, async (steps) => {
        const pk = `model#${randomUUID()}`;
        expect(await applyTo(store, steps, pk)).toEqual(await applyTo(memoryItemStore(), steps, pk));
      }),
      { numRuns: 40 },
    );
  });

  it("keeps the ttl where DynamoDB looks for it, and a replace without one takes it away", async () => {
    const { stored } = await store.putIfAbsent(key, {}, { writtenBy: "a", ttlEpochSeconds: 1_900_000_000 });
    expect(await rawItem(key)).toMatchObject({ ttl: { N: "1900000000" }, version: { N: "1" }, value: { M: {} } });
    if (stored) await store.replace(stored, {}, { writtenBy: "b" });
    expect(await rawItem(key)).not.toHaveProperty("ttl");
  });

  it("keeps an indexed value in an attribute that is called as its index, and a replace without one takes it away", async () => {
    const { stored } = await store.putIfAbsent(key, {}, { writtenBy: "a", indexed: { [TEST_INDEX]: "quay" } });
    expect(await rawItem(key)).toMatchObject({ by_place: { S: "quay" }, value: { M: {} } });
    if (stored) await store.replace(stored, {}, { writtenBy: "b" });
    expect(await rawItem(key)).not.toHaveProperty("by_place");
  });

  it("says that an item is corrupt which no adapter wrote", async () => {
    const { tableName: TableName } = table;
    const whole = {
      pk: { S: key.pk },
      sk: { S: key.sk },
      version: { N: "1" },
      writtenBy: { S: "a" },
      value: { M: {} },
    };
    for (const attribute of ["version", "writtenBy", "value"] as const) {
      const { [attribute]: _, ...partial } = whole;
      await client.send(new PutItemCommand({ TableName, Item: partial }));
      await expect(store.load(key)).rejects.toMatchObject({ paths: [attribute] });
      await expect(store.list(key.pk)).rejects.toBeInstanceOf(CorruptItem);
    }
  });

  it("scans a table of large items by pages that DynamoDB ends before the limit, and none is missing", async () => {
    const own = await createTestTable(client);
    const large = dynamoItemStore({ client, tableName: own.tableName });
    const sks = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const text = "x".repeat(300_000);
    await Promise.all(sks.map((sk) => large.putIfAbsent({ pk: `pk#${sk}`, sk }, { text }, { writtenBy: "a" })));

    const first = await large.scan({ limit: sks.length });
    expect(first.items.length).toBeGreaterThan(0);
    expect(first.items.length).toBeLessThan(sks.length);
    const seen = first.items.map(({ key }) => key.sk);
    for (let after = first.cursor; after !== undefined; ) {
      const page = await large.scan({ limit: sks.length, after });
      seen.push(...page.items.map(({ key }) => key.sk));
      after = page.cursor;
    }
    expect(seen.toSorted()).toEqual(sks);
    await own.drop();
  });

  it("scans an empty table in one empty page, and says that an item is corrupt", async () => {
    const own = await createTestTable(client);
    const scanned = dynamoItemStore({ client, tableName: own.tableName });
    expect(await scanned.scan()).toEqual({ items: [] });
    const Item = { pk: { S: "a" }, sk: { S: "b" } };
    await client.send(new PutItemCommand({ TableName: own.tableName, Item }));
    await expect(scanned.scan()).rejects.toBeInstanceOf(CorruptItem);
    await own.drop();
  });

  it("lets a missing table be known for what it is", async () => {
    const missing = dynamoItemStore({ client, tableName: `missing-${randomUUID()}` });
    await expect(missing.load(key)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(missing.scan()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(missing.probe()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("a write that DynamoDB applied and whose answer was lost", () => {
  let key: ItemKey;
  const flaky: DynamoDBClient[] = [];
  beforeEach(() => {
    key = { pk: `lost-answer#${randomUUID()}`, sk: "item" };
  });
  afterAll(() => {
    for (const each of flaky) each.destroy();
  });

  /** A store whose first `lostAnswers` calls of `operation` happen for real and then time out. */
  const losingAnswers = (operation: string, lostAnswers: number) => {
    const losing = createDynamoClient();
    flaky.push(losing);
    const calls = { count: 0 };
    const { requestHandler } = losing.config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = async (request, options) => {
      const answer = await handle(request, options);
      if (request.headers["x-amz-target"] !== `DynamoDB_20120810.${operation}`) return answer;
      calls.count += 1;
      if (calls.count > lostAnswers) return answer;
      answer.response.body.resume();
      throw Object.assign(new Error("no answer in time"), { name: "TimeoutError", code: "ETIMEDOUT" });
    };
    return { store: makeStore(losing), calls };
  };

  it("is recognised as one's own when the SDK puts it again", async () => {
    const { store, calls } = losingAnswers("PutItem", 1);
    const stored = { key, value: { n: 1 }, version: 1, writtenBy: "a" };
    expect(await store.putIfAbsent(key, { n: 1 }, { writtenBy: "a" })).toEqual({ kind: "already-mine", stored });
    expect(calls.count).toBe(2);
    expect(await makeStore().load(key)).toEqual(stored);
  });

  it("is recognised as one's own when the SDK replaces again", async () => {
    const first = { key, value: { n: 1 }, version: 1, writtenBy: "a" };
    await makeStore().putIfAbsent(key, first.value, { writtenBy: "a" });
    const { store, calls } = losingAnswers("PutItem", 1);
    const stored = { key, value: { n: 2 }, version: 2, writtenBy: "b" };
    expect(await store.replace(first, { n: 2 }, { writtenBy: "b" })).toEqual({ kind: "already-mine", stored });
    expect(calls.count).toBe(2);
    expect(await makeStore().load(key)).toEqual(stored);
  });

  it("is recognised as one's own by the next try, when every answer was lost", async () => {
    const { store, calls } = losingAnswers("PutItem", 3);
    await expect(store.putIfAbsent(key, { n: 1 }, { writtenBy: "a" })).rejects.toBeInstanceOf(DependencyUnavailable);
    expect(calls.count).toBe(3);
    expect(await store.putIfAbsent(key, { n: 2 }, { writtenBy: "a" })).toMatchObject({
      kind: "already-mine",
      stored: { value: { n: 1 }, version: 1 },
    });
    expect(await store.putIfAbsent(key, { n: 3 }, { writtenBy: "b" })).toMatchObject({ kind: "lost" });
  });

  it("is lost for a removal, which nobody can sign", async () => {
    const first = { key, value: {}, version: 1, writtenBy: "a" };
    await makeStore().putIfAbsent(key, {}, { writtenBy: "a" });
    expect(await losingAnswers("DeleteItem", 1).store.remove(first)).toBe("lost");
    expect(await makeStore().load(key)).toBeUndefined();
  });
});

describe("a DynamoDB that is down", () => {
  it("is an unavailable dependency to every call", async () => {
    const down = createDynamoClient({ endpoint: `http://127.0.0.1:${await closedPort()}`, maxAttempts: 2 });
    const store = dynamoItemStore({ client: down, tableName: "any" });
    const key = { pk: "a", sk: "b" };
    const current = { key, value: {}, version: 1, writtenBy: "a" };
    const calls = [
      () => store.load(key),
      () => store.putIfAbsent(key, {}, { writtenBy: "a" }),
      () => store.replace(current, {}, { writtenBy: "a" }),
      () => store.remove(current),
      () => store.list("a"),
      () => store.scan(),
      () => store.listByIndex("by_place", "a"),
      () => store.probe(),
    ];
    for (const call of calls) {
      const failure = await call().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(DependencyUnavailable);
      expect(failure).toMatchObject({ dependency: "dynamodb" });
    }
    down.destroy();
  });
});

describe("a DynamoDB that says nothing", () => {
  it("is an unavailable dependency after the time it was given, and its connections end", async () => {
    const ends: Promise<unknown>[] = [];
    const silent = createServer((socket) => {
      ends.push(once(socket.resume(), "close"));
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const hung = createDynamoClient({ endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    const store = dynamoItemStore({ client: hung, tableName: "any", answerWithinMs: 200 });
    const calls = [store.load({ pk: "a", sk: "b" }), store.putIfAbsent({ pk: "a", sk: "b" }, {}, { writtenBy: "a" })];

    const failures = await Promise.allSettled([...calls, store.list("a"), store.probe()]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ status: "rejected", reason: expect.any(DependencyUnavailable) });
    }
    expect(ends).toHaveLength(failures.length);
    await Promise.all(ends);
    hung.destroy();
    silent.close();
  }, 3000);
});

const rawItem = async ({ pk, sk }: ItemKey) => {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table.tableName, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
  );
  return Item;
};

const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

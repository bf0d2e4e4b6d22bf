import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createDynamoClient, createSnsClient, createSqsClient, DependencyUnavailable } from "@lanyard/aws";
import { provision, readTopology } from "@lanyard/local-cloud";
import { countedOnceContract } from "../testing/counted-once-contract.ts";
import { rateLimitsContract } from "../testing/rate-limits-contract.ts";
import { defaultLimits } from "./limit-settings.ts";
import { rateLimits } from "./rate-limits.ts";
import { dynamoWindowCounters } from "./window-counters.dynamo.ts";

const prefix = `limits-${randomUUID().slice(0, 8)}`;
const tableName = `${prefix}-limits`;
const clients: DynamoDBClient[] = [];
const client = (options: Parameters<typeof createDynamoClient>[0] = {}): DynamoDBClient => {
  const made = createDynamoClient(options);
  clients.push(made);
  return made;
};
const counters = (through = client()) => dynamoWindowCounters({ client: through, tableName, answerWithinMs: 10_000 });
const window = (change: object = {}) => ({ key: randomUUID(), quota: 100, windowSeconds: 600, ...change });

beforeAll(async () => {
  const [sqs, sns] = [createSqsClient(), createSnsClient()];
  const { tables, inbox } = readTopology();
  const topology = {
    queues: [],
    topics: [],
    subscriptions: [],
    inbox,
    tables: tables.filter(({ name }) => name === "limits"),
  };
  await provision({ topology, prefix, sqs, sns, dynamodb: client() });
  sqs.destroy();
  sns.destroy();
});
afterAll(() => {
  for (const each of clients) each.destroy();
});

const open = () => ({ counters: counters(), now: Date.now, pass: async () => undefined });
rateLimitsContract("the table of the topology", open);
countedOnceContract("the table of the topology", open);

describe("counters in DynamoDB", () => {
  /** A client that notes what is sent. */
  const noting = () => {
    const sent: string[] = [];
    const through = client();
    through.middlewareStack.add(
      (next, { commandName = "?" }) => {
        return (args) => {
          sent.push(commandName);
          return next(args);
        };
      },
      { step: "initialize" },
    );
    return { sent, through };
  };

  it("forget nothing of a key that was over its quota when some is taken from it", async () => {
    const [one, other] = [counters(), counters()];
    const counted = window({ quota: 1 });
    await one.add(counted, 5);
    await other.subtract(counted, 5);

    expect((await one.add(counted, 1)).total).toBe(1);
  });

  it("count a hundred requests of one gateway that come at once by a handful of writes", async () => {
    const { sent, through } = noting();
    const limits = rateLimits({ counters: counters(through), settings: defaultLimits, now: Date.now });
    const key = randomUUID();
    await limits.take("anonymous", key);
    const all = await Promise.all(Array.from({ length: 100 }, () => limits.take("anonymous", key)));

    expect(all.every((taken) => taken.allowed)).toBe(true);
    expect(sent.length).toBeLessThanOrEqual(5);
    expect(new Set(sent)).toEqual(new Set(["UpdateItemCommand"]));
  });

  it("keep one row for a key, which may go when its window ends", async () => {
    const counted = window();
    await counters().add(counted, 2);
    const { Item } = await client().send(
      new GetItemCommand({ TableName: tableName, Key: { key: { S: counted.key } } }),
    );

    expect(Object.keys(Item ?? {}).sort()).toEqual(["expire", "key", "points"]);
    expect(Item?.["points"]).toEqual({ N: "2" });
    const inSeconds = Number(Item?.["expire"]?.N) - Date.now() / 1000;
    expect(inSeconds).toBeGreaterThan(590);
    expect(inSeconds).toBeLessThanOrEqual(600);
  });

  /** A client whose first updates lose their condition, as when a window ends between the two. */
  const losing = (times: number): DynamoDBClient => {
    const through = client();
    let lost = 0;
    through.middlewareStack.add(
      (next) => async (args) => {
        lost += 1;
        if (lost > times) return next(args);
        throw new ConditionalCheckFailedException({ message: "lost", $metadata: {} });
      },
      { step: "initialize" },
    );
    return through;
  };

  it("count also when a window ends between looking and counting", async () => {
    expect((await counters(losing(2)).add(window(), 1)).total).toBe(1);
  });

  it("are a dependency that is down when that goes on", async () => {
    await expect(counters(losing(4)).add(window(), 1)).rejects.toBeInstanceOf(DependencyUnavailable);
  });

  it("are a dependency that is down when nothing listens", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const nobody = counters(client({ endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1 }));

    await expect(nobody.add(window(), 1)).rejects.toBeInstanceOf(DependencyUnavailable);
    await expect(nobody.subtract(window(), 1)).rejects.toBeInstanceOf(DependencyUnavailable);
  });

  it("are a dependency that is down when there is no answer in time", async () => {
    const server = createServer(() => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const silent = dynamoWindowCounters({
      client: client({ endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1, requestTimeoutMs: 60_000 }),
      tableName,
      answerWithinMs: 200,
    });
    const begunAt = Date.now();

    await expect(silent.add(window(), 1)).rejects.toBeInstanceOf(DependencyUnavailable);
    expect(Date.now() - begunAt).toBeLessThan(5000);
    for (const each of clients) each.destroy();
    server.close();
  });
});

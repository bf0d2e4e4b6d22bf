import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DescribeTableCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createDynamoClient, createSqsClient } from "@lanyard/aws";
import { DataDirInUse } from "./data-lock.ts";
import { type LocalCloud, type LocalCloudOptions, startLocalCloud, startMissingCloud } from "./local-cloud.ts";
import { probeQueues, probeTables } from "./probe.ts";

let dataDir: string;
const started: { kill(): Promise<void> }[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lanyard-cloud-"));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((cloud) => cloud.kill()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<LocalCloudOptions> = {}): Promise<LocalCloud> {
  const cloud = await startLocalCloud({ dataDir: "memory", ...options });
  started.push(cloud);
  return cloud;
}

function clientsOf({ endpoints }: LocalCloud) {
  return {
    sqs: createSqsClient({ endpoint: endpoints.sqs, region: "us-east-1" }),
    dynamodb: createDynamoClient({ endpoint: endpoints.dynamodb, region: "us-east-1" }),
  };
}

async function storeOneOfEach(cloud: LocalCloud): Promise<void> {
  const { sqs, dynamodb } = clientsOf(cloud);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "kept" }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a message" }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: "kept",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    }),
  );
  const description = () => dynamodb.send(new DescribeTableCommand({ TableName: "kept" }));
  await until(async () => (await description()).Table?.TableStatus === "ACTIVE");
  await dynamodb.send(new PutItemCommand({ TableName: "kept", Item: { pk: { S: "an item" } } }));
}

async function readBack(cloud: LocalCloud) {
  const { sqs, dynamodb } = clientsOf(cloud);
  const [received, got] = await Promise.all([
    sqs.send(new ReceiveMessageCommand({ QueueUrl: `${cloud.endpoints.sqs}/000000000000/kept`, WaitTimeSeconds: 1 })),
    dynamodb.send(new GetItemCommand({ TableName: "kept", Key: { pk: { S: "an item" } }, ConsistentRead: true })),
  ]);
  return { message: received.Messages?.[0]?.Body, item: got.Item?.pk?.S };
}

function isReachable(host: string, endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(new URL(endpoint).port), timeout: 2000 });
    const settle = (reachable: boolean) => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await fact())) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${fact}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("the embedded cloud", () => {
  it("keeps messages and items when it is killed and started again", async () => {
    const cloud = await start({ dataDir });
    const before = { ...cloud.endpoints };
    await storeOneOfEach(cloud);
    await cloud.kill();
    await cloud.restart();
    expect(cloud.endpoints).toEqual(before);
    expect(await readBack(cloud)).toEqual({ message: "a message", item: "an item" });
  });

  it("keeps messages and items when it is stopped and another is started on its data", async () => {
    const first = await start({ dataDir });
    await storeOneOfEach(first);
    await first.stop();
    expect(await readBack(await start({ dataDir }))).toEqual({ message: "a message", item: "an item" });
  });

  it("is not to be reached but from this machine", async () => {
    const { endpoints } = await start();
    for (const endpoint of Object.values(endpoints)) {
      expect(await isReachable("127.0.0.1", endpoint)).toBe(true);
      // Loopback too, so that a firewall cannot answer for it; whoever listens on 0.0.0.0 is there.
      expect(await isReachable("127.0.0.2", endpoint)).toBe(false);
    }
  });

  it("says that another one uses the data directory, and leaves that one alone", async () => {
    const first = await start({ dataDir });
    await expect(start({ dataDir })).rejects.toThrow(new DataDirInUse(dataDir));
    await Promise.all([probeQueues(first.endpoints.sqs), probeTables(first.endpoints.dynamodb)]);
  });

  it("takes other ports when the preferred ones are taken", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const address = occupant.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const cloud = await start({ sqsSnsPort: address.port, dynamoPort: address.port });
    expect(
      new Set([address.port, ...Object.values(cloud.endpoints).map((each) => Number(new URL(each).port))]).size,
    ).toBe(3);
    occupant.close();
  });

  it("tells of a process that ends by itself, and starts only that one again", async () => {
    const ended: string[] = [];
    const cloud = await start({ onUnexpectedExit: (name) => ended.push(name) });
    const { queues, tables } = cloud.pids;
    process.kill(tables, "SIGKILL");
    await until(() => ended.length > 0);
    expect(ended).toEqual(["embedded tables"]);
    await cloud.restart();
    expect(cloud.pids.queues).toBe(queues);
    expect(cloud.pids.tables).not.toBe(tables);
  });

  it("serves on when a client dies in the middle of a request", async () => {
    const { endpoints } = await start();
    for (const endpoint of [endpoints.sqs, endpoints.dynamodb]) {
      const socket = connect(Number(new URL(endpoint).port), "127.0.0.1");
      await once(socket, "connect");
      socket.write("POST / HTTP/1.1\r\nhost: local\r\ncontent-length: 1000\r\n\r\nhalf of");
      socket.on("error", () => undefined);
      // A request on the same loop that is answered says that the first half of the other has been read.
      await fetch(endpoint).then((response) => response.text());
      socket.resetAndDestroy();
      await once(socket, "close");
    }
    await Promise.all([probeQueues(endpoints.sqs), probeTables(endpoints.dynamodb)]);
    await Promise.all([probeQueues(endpoints.sqs), probeTables(endpoints.dynamodb)]);
  });

  it("ends with the process that started it, even a killed one", async () => {
    const script = `
      const { startLocalCloud } = await import(${JSON.stringify(new URL("./local-cloud.ts", import.meta.url).href)});
      const { pids } = await startLocalCloud({ dataDir: ${JSON.stringify(dataDir)} });
      console.log(JSON.stringify(pids));
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(parent.stdout, "data");
    const pids: number[] = Object.values(JSON.parse(String(line)));
    expect(pids.map(isAlive)).toEqual([true, true]);
    parent.kill("SIGKILL");
    await until(() => !pids.some(isAlive));
  });
});

describe("the missing part of a cloud", () => {
  it("is nothing when the environment names every endpoint", async () => {
    expect(await startMissingCloud({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, { dataDir: "memory" })).toBeUndefined();
  });

  it("is the tables alone when the environment names the queues", async () => {
    const queues = { AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1", AWS_ENDPOINT_URL_SNS: "http://127.0.0.1:1" };
    const cloud = await startMissingCloud(queues, { dataDir: "memory" });
    if (cloud === undefined) throw new Error("nothing was started");
    started.push(cloud);
    expect(Object.keys(cloud.pids)).toEqual(["tables"]);
    expect(Object.keys(cloud.env)).not.toContain("AWS_ENDPOINT_URL_SQS");
    await probeTables(cloud.endpoints.dynamodb ?? "");
  });
});

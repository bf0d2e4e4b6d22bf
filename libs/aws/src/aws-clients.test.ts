import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { PublishCommand } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { guard } from "./as-dependency-error.ts";
import { type AwsClientOptions, createDynamoClient, createSnsClient, createSqsClient } from "./aws-clients.ts";
import { DependencyUnavailable } from "./dependency-unavailable.ts";

const REQUEST_ID = { "x-amzn-requestid": "r-1" };
const credentials = async () => ({ accessKeyId: "test", secretAccessKey: "test" });

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const closing: Array<() => void> = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A peer that answers every request as told and counts requests and connections. */
const listen = async (answer: Answer) => {
  const seen = { requests: 0, connections: 0 };
  const server: Server = createServer((request, response) => {
    seen.requests += 1;
    request.resume().once("end", () => answer(request, response));
  });
  server.on("connection", () => {
    seen.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const dynamoAt = (endpoint: string, options: AwsClientOptions = {}) => {
  const client = createDynamoClient({ region: "us-east-1", endpoint, ...options });
  client.config.credentials = credentials;
  closing.push(() => client.destroy());
  return client;
};

const listTables = (endpoint: string, options: AwsClientOptions = {}) =>
  guard("dynamodb", () => dynamoAt(endpoint, options).send(new ListTablesCommand({})));

const oneAttempt = { maxAttempts: 1, requestTimeoutMs: 150 };

const noService: ReadonlyArray<readonly [string, Answer]> = [
  ["never answers", () => {}],
  [
    "keeps sending headers and never ends them",
    ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const drip = setInterval(() => socket.write("x-drip: 1\r\n"), 20);
      socket.once("close", () => clearInterval(drip));
    },
  ],
  ["stops in the middle of its answer", (_, response) => void response.writeHead(200, REQUEST_ID).write("{")],
  [
    "hangs up in the middle of its answer",
    (_, response) => {
      response.writeHead(200, { ...REQUEST_ID, "content-length": "100" });
      response.write("{", () => response.socket?.end());
    },
  ],
  ["hangs up", (_, response) => void response.socket?.end()],
  ["resets the connection", (_, response) => void response.socket?.resetAndDestroy()],
  ["answers with a page", (_, response) => void response.writeHead(200, REQUEST_ID).end("<html></html>")],
  ["answers 502 with a page", (_, response) => void response.writeHead(502).end("<html></html>")],
  ["answers 404 with a page", (_, response) => void response.writeHead(404).end("<html></html>")],
  ["answers 404 with JSON that names no error", (_, response) => void response.writeHead(404).end("{}")],
  ["answers 200 with nothing, as no service of AWS does", (_, response) => void response.writeHead(200).end()],
  [
    "is throttling",
    (_, response) => void response.writeHead(400, REQUEST_ID).end('{"__type":"x#ThrottlingException"}'),
  ],
];

describe("a client", () => {
  it.each(noService)("finds its dependency unavailable when the peer %s", async (_, answer) => {
    const { endpoint, seen } = await listen(answer);
    await expect(listTables(endpoint, oneAttempt)).rejects.toBeInstanceOf(DependencyUnavailable);
    expect(seen.requests).toBe(1);
  });

  it("finds its dependency unavailable when nobody listens", async () => {
    const { endpoint } = await listen(() => {});
    for (const close of closing.splice(0)) close();
    await expect(listTables(endpoint, oneAttempt)).rejects.toMatchObject({ dependency: "dynamodb" });
  });

  it("lets a refused request through as it came", async () => {
    const { endpoint, seen } = await listen((_, response) =>
      response.writeHead(400, REQUEST_ID).end('{"__type":"x#ValidationException","message":"no"}'),
    );
    await expect(listTables(endpoint)).rejects.toMatchObject({ name: "ValidationException" });
    expect(seen.requests).toBe(1);
  });

  it("tries three times in all, and then gives the answer it got", async () => {
    const { endpoint, seen } = await listen((_, response) => {
      if (seen.requests < 3) response.writeHead(200).end();
      else response.writeHead(200, REQUEST_ID).end('{"TableNames":["one"]}');
    });
    expect(await listTables(endpoint)).toMatchObject({ TableNames: ["one"] });
    expect(seen.requests).toBe(3);
  });

  it("keeps one connection for calls that follow each other", async () => {
    const { endpoint, seen } = await listen((_, response) => response.writeHead(200, REQUEST_ID).end("{}"));
    const client = dynamoAt(endpoint);
    for (let call = 0; call < 5; call += 1) await client.send(new ListTablesCommand({}));
    expect(seen).toMatchObject({ requests: 5, connections: 1 });
  });

  it("has room for a hundred calls at once", async () => {
    const waiting: ServerResponse[] = [];
    const { endpoint, seen } = await listen((_, response) => {
      waiting.push(response);
      if (waiting.length === 100) for (const each of waiting) each.writeHead(200, REQUEST_ID).end("{}");
    });
    const client = dynamoAt(endpoint);
    await Promise.all(Array.from({ length: 100 }, () => client.send(new ListTablesCommand({}))));
    expect(seen.connections).toBe(100);
  });
});

describe("an SQS client", () => {
  it("calls the endpoint of the environment, whatever host the queue URL names", async () => {
    const { endpoint, seen } = await listen((_, response) => response.writeHead(200, REQUEST_ID).end("{}"));
    const environment = jest.replaceProperty(process, "env", { AWS_ENDPOINT_URL_SQS: endpoint });
    closing.push(() => environment.restore());
    const elsewhere = await listen((_, response) => response.writeHead(200, REQUEST_ID).end("{}"));

    const client = createSqsClient({ region: "us-east-1" });
    client.config.credentials = credentials;
    closing.push(() => client.destroy());
    await client.send(new ReceiveMessageCommand({ QueueUrl: `${elsewhere.endpoint}/000000000000/queue` }));
    expect([seen.requests, elsewhere.seen.requests]).toEqual([1, 0]);
  });
});

describe("an SNS client", () => {
  it("does not take a page for a publication", async () => {
    const { endpoint } = await listen((_, response) => response.writeHead(200).end("<html>welcome</html>"));
    const client = createSnsClient({ region: "us-east-1", endpoint, maxAttempts: 1 });
    client.config.credentials = credentials;
    closing.push(() => client.destroy());
    const publish = new PublishCommand({ TopicArn: "arn:aws:sns:us-east-1:0:events", Message: "{}" });
    await expect(guard("sns", () => client.send(publish))).rejects.toBeInstanceOf(DependencyUnavailable);
  });
});

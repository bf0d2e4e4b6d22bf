import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { AwsRequestHandler } from "./aws-request-handler.ts";

const MAX_SOCKETS = 200;

export interface AwsClientOptions {
  /** Default: the SDK's own, `AWS_REGION`. */
  readonly region?: string;
  /** Default: the SDK's own, `AWS_ENDPOINT_URL_SQS` and its kind, then `AWS_ENDPOINT_URL`, then AWS. */
  readonly endpoint?: string;
  /** Milliseconds until a connection must stand. Default 1000. */
  readonly connectionTimeoutMs?: number;
  /**
   * Milliseconds until one attempt must be answered, and between two parts of its answer. Default 5000.
   * A client for long polls needs more than it waits: `createSqsClient({ requestTimeoutMs: 30_000 })`.
   */
  readonly requestTimeoutMs?: number;
  /** Told the service's time, milliseconds since the epoch, with each answer that says it (`Date`, RFC 9110). */
  readonly onServerTime?: (serverTimeMs: number) => void;
  /** Attempts in all, the first one included. Default 3. */
  readonly maxAttempts?: number;
}

/** An SQS client that calls its endpoint and never the host inside a queue URL; `destroy()` closes its sockets. */
export const createSqsClient = (options: AwsClientOptions = {}): SQSClient =>
  silent(
    new SQSClient({
      ...configurationOf(options),
      useQueueUrlAsEndpoint: false,
      // Envelopes carry a MAC over their whole body; an MD5 beside it would only cost.
      md5: false,
    }),
  );

/** An SNS client; `destroy()` closes its sockets. */
export const createSnsClient = (options: AwsClientOptions = {}): SNSClient =>
  silent(new SNSClient(configurationOf(options)));

/** A DynamoDB client; `destroy()` closes its sockets. */
export const createDynamoClient = (options: AwsClientOptions = {}): DynamoDBClient =>
  silent(new DynamoDBClient(configurationOf(options)));

/** The SDK prepares every call for a logger that is not there, which is a fifth of what a call costs. */
const silent = <Client extends SQSClient | SNSClient | DynamoDBClient>(client: Client): Client => {
  client.middlewareStack.remove("loggerMiddleware");
  return client;
};

const configurationOf = ({
  region,
  endpoint,
  connectionTimeoutMs = 1_000,
  requestTimeoutMs = 5_000,
  maxAttempts = 3,
  onServerTime,
}: AwsClientOptions) => ({
  ...(region !== undefined && { region }),
  ...(endpoint !== undefined && { endpoint }),
  maxAttempts,
  requestHandler: new AwsRequestHandler(onServerTime, {
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Without this the SDK only warns; and it stops counting at the headers, so the idle timeout covers the body.
    throwOnRequestTimeout: true,
    socketTimeout: requestTimeoutMs,
    httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
  }),
});

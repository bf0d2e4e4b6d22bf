import type { Answer } from "./fault-proxy.ts";

const json = (type: string, message: string, headers: Record<string, string> = {}): Answer => ({
  status: 400,
  headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "R", ...headers },
  body: JSON.stringify({ __type: type, message }),
});
const xml = (status: number, code: string): Answer => ({
  status,
  headers: { "content-type": "text/xml", "x-amzn-requestid": "R" },
  body:
    '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>' +
    `<Code>${code}</Code><Message>Rate exceeded</Message></Error><RequestId>R</RequestId></ErrorResponse>`,
});

/** How each service says that it is asked too often, in its own protocol: by its own name, and by the one all share. */
export const refusals = {
  dynamodb: [
    json("com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "The level is exceeded"),
    json("com.amazon.coral.availability#ThrottlingException", "Rate exceeded"),
  ],
  sqs: [
    json("com.amazonaws.sqs#RequestThrottled", "Rate exceeded", { "x-amzn-query-error": "RequestThrottled;Sender" }),
    json("com.amazon.coral.availability#ThrottlingException", "Rate exceeded"),
  ],
  sns: [xml(429, "Throttled"), xml(400, "Throttling")],
} as const satisfies Record<string, readonly Answer[]>;

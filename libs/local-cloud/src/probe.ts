const timeoutMs = 5000;

/** Resolves when SQS has answered a request. */
export async function probeQueues(endpoint: string): Promise<void> {
  await call(endpoint, "AmazonSQS.ListQueues", "sqs");
}

/** Resolves when DynamoDB has answered a request, which it does only with its store open. */
export async function probeTables(endpoint: string): Promise<void> {
  await call(endpoint, "DynamoDB_20120810.ListTables", "dynamodb");
}

async function call(endpoint: string, target: string, service: string): Promise<void> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": target,
      "x-amz-date": "20200101T000000Z",
      authorization: `AWS4-HMAC-SHA256 Credential=probe/20200101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: "{}",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`${target} answered ${response.status}: ${await response.text()}`);
}

import { randomUUID } from "node:crypto";
import { CreateTopicCommand, DeleteTopicCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "@jest/globals";
import { createSnsClient, createSqsClient, DependencyUnavailable } from "@lanyard/aws";
import { transportContract } from "./testing/transport-contract.ts";
import { awsTransport } from "./transport.aws.ts";

const sqs = createSqsClient({ requestTimeoutMs: 30_000 });
const sns = createSnsClient();

transportContract("SQS and SNS", async () => {
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const transport = awsTransport({ sqs, sns, prefix });
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: `${prefix}-events` }));
  for (const [queue, filter] of [
    ["one", undefined],
    ["two", { type: ["b"] }],
  ] as const) {
    await transport.createQueue(queue, { retentionSeconds: 300, visibilitySeconds: 30 });
    const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}-${queue}` }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    const arn = Attributes?.QueueArn ?? "";
    const allow = {
      Effect: "Allow",
      Principal: { Service: "sns.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: arn,
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: "sqs",
        Endpoint: arn,
        Attributes: {
          RawMessageDelivery: "true",
          ...(filter === undefined ? {} : { FilterPolicy: JSON.stringify(filter) }),
        },
      }),
    );
  }
  return {
    transport,
    stop: async () => {
      for (const queue of ["one", "two"]) await transport.deleteQueue(queue);
      await sns.send(new DeleteTopicCommand({ TopicArn }));
    },
  };
});

describe("a transport whose endpoint is down", () => {
  const endpoint = "http://127.0.0.1:9";
  const down = awsTransport({
    sqs: createSqsClient({ endpoint, maxAttempts: 1 }),
    sns: createSnsClient({ endpoint, maxAttempts: 1 }),
    prefix: "down",
  });
  const message = { body: "{}", attributes: { type: "a" } };

  it.each<[string, () => Promise<unknown>]>([
    ["send", () => down.send("q", message)],
    ["receive", () => down.receive("q", { max: 1, waitSeconds: 0, visibilitySeconds: 1 })],
    ["delete", () => down.delete("q", "handle")],
    ["changeVisibility", () => down.changeVisibility("q", "handle", 1)],
    ["publish", () => down.publish("t", message)],
    ["probe", () => down.probe("q")],
    ["probeTopic", () => down.probeTopic("t")],
    ["createQueue", () => down.createQueue("q", { retentionSeconds: 60, visibilitySeconds: 1 })],
    ["deleteQueue", () => down.deleteQueue("q")],
  ])("says of %s that a later try may succeed", async (_, call) => {
    await expect(call()).rejects.toThrow(DependencyUnavailable);
  });
});

import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  SetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { isErrorNamed } from "./error-name.ts";
import { sameJson } from "./same-json.ts";
import type { SubscriptionTopology } from "./topology.ts";

// What SNS says of an existing subscription with other attributes.
const otherAttributes = ["InvalidParameter", "InvalidParameterException"];
// SNS takes no empty text: this policy lets everything through.
const noFilter = "{}";

/** Subscribes the queue, raw and with its filter, or gives the subscription that is there these attributes. */
export async function ensureSubscription(
  sns: SNSClient,
  topicArn: string,
  queueArn: string,
  subscription: SubscriptionTopology,
): Promise<"created" | "updated" | "unchanged"> {
  const { filterPolicy } = subscription;
  const attributes = {
    RawMessageDelivery: "true",
    ...(filterPolicy === undefined ? {} : { FilterPolicy: JSON.stringify(filterPolicy) }),
  };
  const existing = await subscriptionArn(sns, topicArn, queueArn);
  if (existing !== undefined) return setDifferent(sns, existing, attributes);
  try {
    await sns.send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn, Attributes: attributes }),
    );
    return "created";
  } catch (error) {
    if (!isErrorNamed(error, otherAttributes)) throw error;
    // Either another provisioner was first, with other attributes, or the request is wrong.
    const made = await subscriptionArn(sns, topicArn, queueArn);
    if (made === undefined) throw error;
    return setDifferent(sns, made, attributes);
  }
}

/** Lets these topics, and no other sender of SNS, send to the queue. */
export function queuePolicyOf(queueArn: string, topicArns: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "topics",
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
        Condition: { ArnEquals: { "aws:SourceArn": topicArns.toSorted() } },
      },
    ],
  });
}

async function subscriptionArn(sns: SNSClient, topicArn: string, queueArn: string): Promise<string | undefined> {
  for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topicArn })) {
    const found = page.Subscriptions?.find((each) => each.Protocol === "sqs" && each.Endpoint === queueArn);
    if (found?.SubscriptionArn !== undefined) return found.SubscriptionArn;
  }
  return undefined;
}

async function setDifferent(
  sns: SNSClient,
  arn: string,
  attributes: Readonly<Record<string, string>>,
): Promise<"updated" | "unchanged"> {
  const { Attributes: current = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
  const wanted = { FilterPolicy: noFilter, ...attributes };
  const isSame = ([key, value]: [string, string]) =>
    sameJson(current[key] ?? (key === "FilterPolicy" ? noFilter : undefined), value);
  const different = Object.entries(wanted).filter((entry) => !isSame(entry));
  for (const [AttributeName, AttributeValue] of different) {
    await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: arn, AttributeName, AttributeValue }));
  }
  return different.length > 0 ? "updated" : "unchanged";
}

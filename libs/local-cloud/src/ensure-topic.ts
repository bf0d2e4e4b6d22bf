import { CreateTopicCommand, paginateListTopics, type SNSClient } from "@aws-sdk/client-sns";

/** ARNs of all topics of the account and region. */
export async function listTopicArns(sns: SNSClient): Promise<Set<string>> {
  const arns = new Set<string>();
  for await (const page of paginateListTopics({ client: sns }, {})) {
    for (const topic of page.Topics ?? []) if (topic.TopicArn !== undefined) arns.add(topic.TopicArn);
  }
  return arns;
}

/** Makes the topic unless it is there; `known` only tells which of both it was. */
export async function ensureTopic(
  sns: SNSClient,
  name: string,
  known: ReadonlySet<string>,
): Promise<{ arn: string; outcome: "created" | "unchanged" }> {
  const { TopicArn: arn } = await sns.send(new CreateTopicCommand({ Name: name }));
  if (arn === undefined) throw new Error(`SNS gave no ARN for topic ${name}`);
  return { arn, outcome: known.has(arn) ? "unchanged" : "created" };
}

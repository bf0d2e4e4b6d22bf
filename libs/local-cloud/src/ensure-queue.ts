import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { isErrorNamed } from "./error-name.ts";
import { sameJson } from "./same-json.ts";

export type QueueAttributes = Partial<Record<QueueAttributeName, string>>;

// The second of each is what the older protocol says, which emulators still do.
const missing = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];
const otherAttributes = ["QueueNameExists", "QueueAlreadyExists", "AWS.SimpleQueueService.QueueNameExists"];

export interface EnsuredQueue {
  url: string;
  arn: string;
  outcome: "created" | "updated" | "unchanged";
}

/** Makes the queue, or gives the one that is there these attributes and leaves its others alone. */
export async function ensureQueue(sqs: SQSClient, name: string, attributes: QueueAttributes): Promise<EnsuredQueue> {
  let url = await urlOf(sqs, name);
  const created = url === undefined && (await createQueue(sqs, name, attributes));
  url ??= await urlOf(sqs, name);
  if (url === undefined) throw new Error(`queue ${name} was made and is not there`);
  const { updated, arn } = await ensureQueueAttributes(sqs, url, attributes);
  return { url, arn, outcome: created ? "created" : updated ? "updated" : "unchanged" };
}

/** Sets those attributes that differ. */
export async function ensureQueueAttributes(
  sqs: SQSClient,
  url: string,
  attributes: QueueAttributes,
): Promise<{ updated: boolean; arn: string }> {
  const { Attributes: current = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
  );
  const different = Object.entries(attributes).filter(
    ([key, value]) => !sameJson(current[key as QueueAttributeName], value),
  );
  if (different.length > 0) {
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: Object.fromEntries(different) }));
  }
  const arn = current.QueueArn;
  if (arn === undefined) throw new Error(`SQS gave no ARN for ${url}`);
  return { updated: different.length > 0, arn };
}

/** Numbers are what SQS itself stores here: a text "150" would look different at every run. */
export function redrivePolicyOf(deadLetterArn: string, maxReceiveCount: number): string {
  return JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount });
}

async function urlOf(sqs: SQSClient, name: string): Promise<string | undefined> {
  try {
    return (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl;
  } catch (error) {
    if (isErrorNamed(error, missing)) return undefined;
    throw error;
  }
}

async function createQueue(sqs: SQSClient, name: string, attributes: QueueAttributes): Promise<boolean> {
  try {
    await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    return true;
  } catch (error) {
    // Another provisioner was first, with other attributes.
    if (isErrorNamed(error, otherAttributes)) return false;
    throw error;
  }
}

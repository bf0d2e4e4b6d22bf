import { ListTopicsCommand, type SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Move } from "./attachments.ts";

const WAIT_SECONDS = 5;
/** What a consumer that died had in hand comes back after this. */
const HIDDEN_SECONDS = 5;

/**
 * A queue of this consumer's own that gets nothing but `account.itemMoved`. May be called at each start: what is there
 * already stays. In production the queue's policy must let the topic send to it, and Terraform does all of this.
 */
export async function subscribed(
  { sns, sqs }: { readonly sns: SNSClient; readonly sqs: SQSClient },
  { topicName, queueName }: { readonly topicName: string; readonly queueName: string },
): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: queueName }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  const topicArn = await topicOf(sns, topicName);
  await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: "sqs",
      Endpoint: Attributes?.["QueueArn"],
      Attributes: { RawMessageDelivery: "true", FilterPolicy: JSON.stringify({ type: ["account.itemMoved"] }) },
    }),
  );
  return QueueUrl;
}

/** Hears moves until `signal` says so. A message goes once what it asks for stands: what fails comes again. */
export async function hearMoves(
  sqs: SQSClient,
  {
    queueUrl,
    signal,
    move,
  }: { readonly queueUrl: string; readonly signal: AbortSignal; readonly move: (move: Move) => void },
): Promise<void> {
  while (!signal.aborted) {
    const { Messages = [] } = await received(sqs, queueUrl, signal);
    for (const message of Messages) {
      move(moveIn(message));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
}

async function received(
  sqs: SQSClient,
  queueUrl: string,
  signal: AbortSignal,
): Promise<{ readonly Messages?: Message[] | undefined }> {
  try {
    return await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        WaitTimeSeconds: WAIT_SECONDS,
        VisibilityTimeout: HIDDEN_SECONDS,
        MaxNumberOfMessages: 10,
      }),
      { abortSignal: signal },
    );
  } catch (error) {
    if (signal.aborted) return {};
    throw error;
  }
}

async function topicOf(sns: SNSClient, name: string): Promise<string> {
  let NextToken: string | undefined;
  do {
    const page = await sns.send(new ListTopicsCommand({ NextToken }));
    const found = page.Topics?.find(({ TopicArn }) => TopicArn?.endsWith(`:${name}`))?.TopicArn;
    if (found !== undefined) return found;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  throw new Error(`there is no topic ${name}`);
}

/** What the example needs of a CloudEvent; the AsyncAPI document has all of it. */
function moveIn({ Body = "" }: Message): Move {
  const { data } = JSON.parse(Body) as { readonly data: Move };
  return data;
}

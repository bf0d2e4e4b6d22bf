import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { ensureQueue, ensureQueueAttributes, redrivePolicyOf } from "./ensure-queue.ts";
import { ensureSubscription, queuePolicyOf } from "./ensure-subscription.ts";
import { ensureTable } from "./ensure-table.ts";
import { ensureTopic, listTopicArns } from "./ensure-topic.ts";
import { resourceName } from "./resource-name.ts";
import type { Topology } from "./topology.ts";

export interface ProvisionOptions {
  topology: Topology;
  /** Goes before every name: `<prefix>-<name>`. */
  prefix: string;
  sqs: SQSClient;
  sns: SNSClient;
  dynamodb: DynamoDBClient;
  /** One line at a time. Default: silent. */
  log?: (line: string) => void;
}

/** What one run did, by kind and name: `queue lanyard-token`. */
export interface Provisioned {
  created: string[];
  /** Was there with other settings, and has those of the topology now. */
  updated: string[];
  unchanged: string[];
}

export type Outcome = "created" | "updated" | "unchanged";

/**
 * Makes what the topology declares and is not there, and gives what is there its settings; deletes nothing. May run
 * any number of times, and several at once. Throws for a table whose key is another one.
 */
export async function provision(options: ProvisionOptions): Promise<Provisioned> {
  const { topology, prefix, sqs, sns, dynamodb, log = () => undefined } = options;
  const named = (name: string) => resourceName(prefix, name);
  const provisioned: Provisioned = { created: [], updated: [], unchanged: [] };
  const note = (what: string, outcome: Outcome) => {
    provisioned[outcome].push(what);
    if (outcome !== "unchanged") log(`${outcome} ${what}`);
  };

  const queues = async () => {
    const urls = new Map<string, string>();
    const arns = new Map<string, string>();
    await eachOf(topology.queues, async (queue) => {
      const { deadLetterQueue } = queue;
      const deadLetters = await ensureQueue(sqs, named(deadLetterQueue.name), {
        MessageRetentionPeriod: String(deadLetterQueue.retentionSeconds),
      });
      note(`queue ${named(deadLetterQueue.name)}`, deadLetters.outcome);
      const own = await ensureQueue(sqs, named(queue.name), {
        VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
        MessageRetentionPeriod: String(queue.retentionSeconds),
        RedrivePolicy: redrivePolicyOf(deadLetters.arn, queue.maxReceiveCount),
      });
      note(`queue ${named(queue.name)}`, own.outcome);
      urls.set(queue.name, own.url);
      arns.set(queue.name, own.arn);
    });
    return { urls, arns };
  };

  const topics = async () => {
    const known = await listTopicArns(sns);
    const arns = new Map<string, string>();
    await eachOf(topology.topics, async ({ name }) => {
      const topic = await ensureTopic(sns, named(name), known);
      note(`topic ${named(name)}`, topic.outcome);
      arns.set(name, topic.arn);
    });
    return arns;
  };

  const tables = async () => {
    const lasting: string[] = [];
    await eachOf(topology.tables, async (table) => {
      const { outcome, expires, missingIndexes } = await ensureTable(dynamodb, named(table.name), table);
      note(`table ${named(table.name)}`, outcome);
      if (!expires) lasting.push(table.name);
      for (const index of missingIndexes) {
        log(
          `this DynamoDB adds no index to a table that is there: ${named(table.name)} has no ${index} until it is made anew`,
        );
      }
    });
    if (lasting.length > 0) log("this DynamoDB has no time to live: expired items stay in their tables");
  };

  // Settled first, here and in eachOf: whoever is told of a failure may start over at once, so nothing may still run.
  const running = [queues(), topics(), tables()] as const;
  await Promise.allSettled(running);
  const [madeQueues, topicArns] = await Promise.all(running);

  // One policy for each queue names all of its topics; a policy for each subscription would overwrite the last one.
  const subscribers = topology.queues.filter((queue) =>
    topology.subscriptions.some((each) => each.queue === queue.name),
  );
  await eachOf(subscribers, async (queue) => {
    const queueArn = valueOf(madeQueues.arns, queue.name);
    const subscriptions = topology.subscriptions.filter((each) => each.queue === queue.name);
    const policy = queuePolicyOf(
      queueArn,
      subscriptions.map((each) => valueOf(topicArns, each.topic)),
    );
    await ensureQueueAttributes(sqs, valueOf(madeQueues.urls, queue.name), { Policy: policy });
    await eachOf(subscriptions, async (subscription) => {
      const outcome = await ensureSubscription(sns, valueOf(topicArns, subscription.topic), queueArn, subscription);
      note(`subscription ${named(subscription.topic)} → ${named(subscription.queue)}`, outcome);
    });
  });

  for (const names of Object.values(provisioned)) names.sort();
  return provisioned;
}

async function eachOf<Item>(items: readonly Item[], ensure: (item: Item) => Promise<void>): Promise<void> {
  const running = items.map(ensure);
  await Promise.allSettled(running);
  await Promise.all(running);
}

function valueOf(map: ReadonlyMap<string, string>, key: string): string {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${key} is not in the topology`);
  return value;
}

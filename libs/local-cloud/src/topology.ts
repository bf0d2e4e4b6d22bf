import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const fourteenDaysSeconds = 1_209_600;

// With a prefix of 40 characters it stays within the 80 that SQS allows; DynamoDB wants 3 in all.
const name = z.string().regex(/^[a-z][a-z0-9-]{1,38}$/, "2 to 39 of a-z, 0-9 and '-', starting with a letter");
const retentionSeconds = z.int().min(60).max(fourteenDaysSeconds);
const visibilityTimeoutSeconds = z.int().min(0).max(43_200);

const queue = z.strictObject({
  name,
  visibilityTimeoutSeconds,
  retentionSeconds,
  maxReceiveCount: z.int().min(1).max(1000),
  deadLetterQueue: z.strictObject({ name, retentionSeconds }),
});

const secondaryIndex = z
  .strictObject({
    name: z.string().regex(/^by_[a-z0-9_]{1,60}$/, "by_ and then 1 to 60 of a-z, 0-9 and '_'"),
    /** A text attribute; items without it are not in the index. */
    partitionKey: z.string(),
    projection: z.literal("keys-only"),
  })
  // The stores write what an index goes by to an attribute of its name.
  .refine((index) => index.partitionKey === index.name, "the attribute of an index is called as the index");

const table = z.strictObject({
  name,
  owner: name,
  // Tables of `@lanyard/storage`, and one whose keys and attributes a library has chosen.
  partitionKey: z.enum(["pk", "key"]),
  sortKey: z.literal("sk").optional(),
  ttlAttribute: z.enum(["ttl", "expire"]),
  billing: z.literal("on-demand"),
  indexes: z.array(secondaryIndex).default([]),
  access: z.record(name, z.array(z.enum(["read", "write"])).min(1)),
});

const filterPolicy = z.record(z.string(), z.array(z.json()).min(1));

const subscription = z.strictObject({
  topic: name,
  queue: name,
  filterPolicy: filterPolicy.optional(),
  rawDelivery: z.literal(true),
});

/** Queues, topics, subscriptions and tables of one stack, named without their prefix. */
export const topologySchema = z
  .strictObject({
    queues: z.array(queue),
    inbox: z.strictObject({ namePrefix: name, visibilityTimeoutSeconds, retentionSeconds }),
    topics: z.array(z.strictObject({ name })),
    subscriptions: z.array(subscription),
    tables: z.array(table),
  })
  .check((context) => {
    for (const message of inconsistenciesOf(context.value)) {
      context.issues.push({ code: "custom", message, input: context.value });
    }
  });

export type Topology = z.infer<typeof topologySchema>;
export type QueueTopology = Topology["queues"][number];
export type SubscriptionTopology = Topology["subscriptions"][number];
export type TableTopology = Topology["tables"][number];
export type IndexTopology = TableTopology["indexes"][number];

/** Reads and checks a topology (default: `infrastructure/topology.json`); throws one Error that names every fault. */
export function readTopology(path = defaultTopologyPath()): Topology {
  return parseTopology(readFileSync(path, "utf8"), path);
}

/** Checks the JSON text of a topology; `source` names it in the Error that lists every fault. */
export function parseTopology(text: string, source: string): Topology {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${source} is not JSON`, { cause });
  }
  const parsed = topologySchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(`${source} is not a valid topology\n${z.prettifyError(parsed.error)}`);
}

function defaultTopologyPath(): string {
  return fileURLToPath(new URL("../../../infrastructure/topology.json", import.meta.url));
}

function inconsistenciesOf(topology: Topology): string[] {
  const queueNames = topology.queues.map((each) => each.name);
  const deadLetterNames = topology.queues.map((each) => each.deadLetterQueue.name);
  const topicNames = topology.topics.map((each) => each.name);
  return [
    ...repeated([...queueNames, ...deadLetterNames, topology.inbox.namePrefix]).map(
      (it) => `queue ${it} is there twice`,
    ),
    ...repeated(topicNames).map((it) => `topic ${it} is there twice`),
    ...repeated(topology.tables.map((each) => each.name)).map((it) => `table ${it} is there twice`),
    ...topology.tables.flatMap((table) =>
      repeated(table.indexes.map((each) => each.name)).map((it) => `index ${it} of table ${table.name} is there twice`),
    ),
    ...repeated(topology.subscriptions.map((each) => `${each.topic} → ${each.queue}`)).map(
      (it) => `subscription ${it} is there twice`,
    ),
    ...topology.subscriptions
      .filter((each) => !topicNames.includes(each.topic))
      .map((each) => `subscription names topic ${each.topic}, which is not there`),
    ...topology.subscriptions
      .filter((each) => !queueNames.includes(each.queue))
      .map((each) => `subscription names queue ${each.queue}, which is not there`),
    ...topology.tables
      .filter((each) => !["read", "write"].every((right) => each.access[each.owner]?.includes(right as "read")))
      .map((each) => `table ${each.name} does not let its owner ${each.owner} read and write`),
    // A dead letter must outlive the wait for someone to look: SQS counts its age from the first send.
    ...topology.queues
      .filter((each) => each.deadLetterQueue.retentionSeconds < each.retentionSeconds)
      .map((each) => `dead letters of queue ${each.name} are kept for less long than its messages`),
  ];
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((each, index) => names.indexOf(each) !== index))];
}

import { z } from "zod";
import { ANDON_CORD } from "./andon-cord.ts";
import { bulkQueuesOf, workers } from "./command.ts";
import { type ItemKind, tables } from "./item-kind.ts";
import { allItemKinds, limitsTable } from "./items.ts";

/** What the page says of the cloud: `infrastructure/topology.json`. */
export interface TopologyFacts {
  readonly queues: readonly {
    readonly name: string;
    readonly visibilityTimeoutSeconds: number;
    readonly retentionSeconds: number;
    readonly maxReceiveCount: number;
    readonly deadLetterQueue: { readonly name: string; readonly retentionSeconds: number };
  }[];
  readonly inbox: {
    readonly namePrefix: string;
    readonly visibilityTimeoutSeconds: number;
    readonly retentionSeconds: number;
  };
  readonly topics: readonly { readonly name: string }[];
  readonly subscriptions: readonly { readonly topic: string; readonly queue: string }[];
  readonly tables: readonly {
    readonly name: string;
    readonly owner: string;
    readonly indexes: readonly { readonly name: string; readonly partitionKey: string }[];
    readonly access: Readonly<Record<string, readonly string[]>>;
  }[];
}

type AnyKind = Omit<ItemKind, "key" | "keyOf"> & {
  readonly key: (...args: never) => { readonly pk: string; readonly sk: string };
  readonly keyOf: readonly string[];
};

const kinds: readonly AnyKind[] = allItemKinds;

/** `docs/data-model.md`: every table, every kind of item in it, every queue and topic. */
export function dataModelPage(topology: TopologyFacts): string {
  return `${[
    "<!-- Generated from libs/contracts and infrastructure/topology.json by `npm run docs`: change those, not this page. -->",
    "# Data model",
    "Names of tables, queues and topics stand without their prefix (`LANYARD_PREFIX`, by default `lanyard`): the table `session` is called `lanyard-session`.",
    "## Tables",
    'Every table has the keys `pk` and `sk`. Beside its key an item has `version` (from 1, one more with each write), `writtenBy` (the operation and the step that wrote it: the answer to "was it me?"), `value` (the fields listed below) and, if it may go one day, `ttl` (Unix seconds). A secondary index has the keys alone, goes by an attribute of its own name, in which the item repeats one of its fields, and lags behind: what it names is read and looked at. An item is written by one conditional write on `version` and `writtenBy`, or put if absent; no write touches two items. Reads of items are consistent. What has expired is judged by the item\'s own fields: DynamoDB deletes late, and the embedded one not at all.',
    "The table `limits` alone is different: [windows](#window) have the key and the attributes of the library that counts in it.",
    table(
      ["table", "owner", "may read and write", "may read", "holds", "indexes"],
      topology.tables.map(({ name, owner, access, indexes }) => [
        `\`${name}\``,
        owner,
        servicesThat(access, (rights) => rights.includes("write")),
        servicesThat(access, (rights) => !rights.includes("write")),
        listed(
          name === limitsTable.name
            ? [limitsTable.holds]
            : kinds.filter((kind) => kind.table === name).map((kind) => kind.name),
        ),
        listed(indexes.map((index) => index.name)),
      ]),
    ),
    ...tables.flatMap((name) => kinds.filter((kind) => kind.table === name)).flatMap(section),
    ...limitsSection(),
    "## Queues",
    table(
      ["queue", "received by", "hidden for", "kept for", "moved by SQS after", "dead letters", "kept for"],
      topology.queues.map((queue) => [
        `\`${queue.name}\``,
        receiverOf(queue.name),
        `${queue.visibilityTimeoutSeconds} s`,
        duration(queue.retentionSeconds),
        `${queue.maxReceiveCount} deliveries`,
        `\`${queue.deadLetterQueue.name}\``,
        duration(queue.deadLetterQueue.retentionSeconds),
      ]),
    ),
    "A worker prolongs the time a message is hidden while it is at work on it, and makes a dead letter itself, with the reason, long before SQS would.",
    `Each gateway process makes an inbox for replies, \`${topology.inbox.namePrefix}-\` and 24 random hex digits: hidden for ${topology.inbox.visibilityTimeoutSeconds} s, kept for ${duration(topology.inbox.retentionSeconds)}, without dead letters, deleted at the end or reaped by another gateway when its lease has run out.`,
    "## Topics",
    table(
      ["topic", "delivers to"],
      topology.topics.map(({ name }) => [
        `\`${name}\``,
        listed(topology.subscriptions.filter((each) => each.topic === name).map((each) => each.queue)) ||
          "no queue of its own; each gateway's inbox subscribes to the events it wants to know early, for as long as it runs",
      ]),
    ),
    "What travels is in [flows.md](flows.md) and [api/asyncapi.json](api/asyncapi.json).",
  ].join("\n\n")}\n`;
}

function section(kind: AnyKind): string[] {
  const { pk, sk } = kind.key(...(kind.keyOf.map((part) => `{${part}}`) as never));
  const required = new Set(jsonSchemaOf(kind.schema).required);
  return [
    `### ${kind.name}`,
    kind.summary,
    [
      `- Table \`${kind.table}\`, key \`${pk}\` / \`${sk}\``,
      ...(kind.indexes ?? []).map(({ name, field }) => `- Found by its \`${field}\` through the index \`${name}\``),
      `- Written by ${kind.writers.join(", ")}; read by ${kind.readers.join(", ")}`,
      `- Expires: ${kind.expiry}`,
    ].join("\n"),
    table(
      ["field", "type", "meaning"],
      Object.entries(kind.schema.shape).map(([name, field]) => {
        const schema = jsonSchemaOf(field as z.ZodType);
        return [`\`${name}\`${required.has(name) ? "" : ", optional"}`, typeText(schema), schema.description ?? ""];
      }),
    ),
  ];
}

/** Workers take their own queue and those of their long work. */
function receiverOf(queue: string): string {
  if (queue === ANDON_CORD) return "every gateway";
  const worker = workers.find((name) => bulkQueuesOf(name).some((bulk) => bulk === queue)) ?? queue;
  return `the ${worker} worker`;
}

const limitsSection = (): string[] => [
  `### ${limitsTable.holds}`,
  limitsTable.summary,
  [
    `- Table \`${limitsTable.name}\`, \`${limitsTable.key}\``,
    `- Written by ${limitsTable.writers.join(", ")}; read by ${limitsTable.readers.join(", ")}`,
    `- Expires: ${limitsTable.expiry}`,
  ].join("\n"),
  table(
    ["field", "type", "meaning"],
    Object.entries(limitsTable.fields).map(([name, meaning]) => [`\`${name}\``, "number", meaning]),
  ),
];

interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

/** Whole, also where a schema has a name of its own. */
function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { reused: "inline" });
  const inlined = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inlined);
    if (typeof value !== "object" || value === null) return value;
    const { $ref, ...rest } = value as { readonly $ref?: unknown };
    const named = typeof $ref === "string" ? $defs[$ref.replace("#/$defs/", "")] : undefined;
    return Object.fromEntries(Object.entries({ ...named, ...rest }).map(([name, each]) => [name, inlined(each)]));
  };
  return inlined(root) as JsonSchema;
}

const formats: Readonly<Record<string, string>> = { uuid: "UUID", "date-time": "timestamp" };

/** A type as people write it: `list of string`, `{ at, reason }`, `"anonymous" or "account"`. */
function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map(typeText).join(" or ");
  if (schema.items !== undefined) return `list of ${typeText(schema.items)}`;
  if (schema.properties !== undefined) {
    const { properties, required = [] } = schema;
    const names = Object.keys(properties).map((name) => {
      const constant = properties[name]?.const;
      const shown = constant === undefined ? name : `${name}: ${JSON.stringify(constant)}`;
      return required.includes(name) ? shown : `${name}?`;
    });
    return `\`{ ${names.join(", ")} }\``;
  }
  return formats[schema.format ?? ""] ?? schema.type ?? "anything";
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell || "–").join(" | ")} |`)
    .join("\n");

const listed = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

const servicesThat = (
  access: Readonly<Record<string, readonly string[]>>,
  fits: (rights: readonly string[]) => boolean,
): string =>
  Object.entries(access)
    .filter(([, rights]) => fits(rights))
    .map(([service]) => service)
    .join(", ");

const duration = (seconds: number): string =>
  seconds % 86_400 === 0 ? `${seconds / 86_400} d` : seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;

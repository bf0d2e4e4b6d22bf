import { ANDON_CORD, cloudWatchAlarm, cordMessage } from "./andon-cord.ts";
import { documentCommand, documentCord, documentEvent, documentProgress, documentReply } from "./async-messages.ts";
import { bulkQueuesOf, type Command, eventConsumers, queueOf, type WorkerName, workers } from "./command.ts";
import { allCommands } from "./commands.ts";
import { allEvents, gatewayEvents } from "./events.ts";
import type { Flow } from "./flow.ts";
import { allFlows } from "./flows.ts";
import { followedQueueNames, followedQueues, typesFollowedBy } from "./followed-queues.ts";
import { schemaComponents } from "./json-schema.ts";
import type { JsonObject } from "./shapes.ts";

const flows: readonly Flow[] = allFlows;

/** Every message as an AsyncAPI 3.0 document: worker queues, the topics `events` and `andon-cord`, the gateway's inbox. */
export function asyncApiDocument(about: { readonly version: string }): JsonObject {
  const components = schemaComponents("draft-07");
  components.schemas["attributes"] = messageAttributes;
  const commands = Object.fromEntries(allCommands.map((each) => [each.name, documentCommand(each, flows, components)]));
  const events = Object.fromEntries(allEvents.map((each) => [each.type, documentEvent(each, components)]));
  const replies = Object.fromEntries(flows.map((each) => [replyOf(each), documentReply(each, components)]));
  const toInbox = { ...replies, progress: documentProgress(components) };
  const cord = {
    andonCord: documentCord("andonCord", "Pulls the andon cord.", cordMessage, components),
    cloudWatchAlarm: documentCord(
      "cloudWatchAlarm",
      "An alarm has changed its state. In ALARM it pulls the cord, for the scope that the gateway is configured with.",
      cloudWatchAlarm,
      components,
    ),
  };
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Lanyard",
      version: about.version,
      description:
        "What the services send each other: commands point to point, events to all, replies to the gateway that waits. Everything may arrive twice and late.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    defaultContentType: "application/json",
    channels: {
      ...Object.fromEntries(
        workers
          .flatMap(queuesOf)
          .map(({ queue, description }) => [
            queue,
            { ...named(queue, description), messages: refs("#/components/messages", namesIn(queue)) },
          ]),
      ),
      events: {
        ...named("events", "Topic of everything that has happened (SNS)"),
        messages: refs("#/components/messages", Object.keys(events)),
      },
      [ANDON_CORD]: {
        ...named(
          ANDON_CORD,
          "Topic on which operations pull the andon cord (SNS), and the queue of that name on it (SQS)",
        ),
        messages: refs("#/components/messages", Object.keys(cord)),
      },
      gatewayInbox: {
        address: null,
        title: "gatewayInbox",
        description:
          "Queue of one gateway process (SQS): its name is random and told in `replyTo`. A reply to an inbox that is gone is success.",
        messages: refs("#/components/messages", Object.keys(toInbox)),
      },
    },
    operations: {
      ...gatewayOperations(),
      ...Object.assign({}, ...workers.map(workerOperations)),
      [`operations.send.${ANDON_CORD}`]: operation("send", ANDON_CORD, "Ends sessions in bulk", ["andonCord"]),
      [`cloudWatch.send.${ANDON_CORD}`]: operation("send", ANDON_CORD, "Tells an alarm", ["cloudWatchAlarm"]),
      [`gateway.receive.${ANDON_CORD}`]: operation(
        "receive",
        ANDON_CORD,
        `Starts the flow \`revokeInBulk\`, through the queue \`${ANDON_CORD}\` that all gateways share`,
        Object.keys(cord),
      ),
      ...Object.fromEntries(
        eventConsumers.map((consumer) => [
          `${consumer}.receive.events`,
          operation("receive", "events", `Keeps what it hears, through its queue \`${consumer}\``, Object.keys(events)),
        ]),
      ),
      ...Object.fromEntries(
        followedQueueNames.map((queue) => [
          `${followedQueues[queue].worker}.receive.${queue}`,
          operation(
            "receive",
            "events",
            `Mails what matters to an account, through the queue \`${queue}\``,
            typesFollowedBy(queue),
          ),
        ]),
      ),
    },
    components: { messages: { ...commands, ...events, ...cord, ...toInbox }, schemas: components.schemas },
  };
}

/** What travels beside every body. */
const messageAttributes: JsonObject = {
  type: "object",
  description: "Message attributes",
  properties: {
    type: { type: "string", description: "The command's name, the event's type, or the kind of reply" },
    mac: { type: "string", description: "MAC over the body; a message without a valid one goes to the dead letters" },
  },
  required: ["type", "mac"],
};

const named = (name: string, description: string): JsonObject => ({
  address: `{prefix}-${name}`,
  title: name,
  description,
  parameters: { prefix: { default: "lanyard", description: "LANYARD_PREFIX" } },
});

const replyOf = (flow: Flow): string => `${flow.name}.v${flow.version}.reply`;
const namesIn = (queue: string): string[] =>
  allCommands.filter((command) => queueOf(command) === queue).map((command) => command.name);
const queuesOf = (worker: WorkerName) => [
  { queue: worker, description: `Queue of the ${worker} worker (SQS)` },
  ...bulkQueuesOf(worker).map((queue) => ({ queue, description: `Queue of the ${worker} worker's long work (SQS)` })),
];
const refs = (base: string, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, { $ref: `${base}/${name}` }]));

const operation = (
  action: "send" | "receive",
  channel: string,
  summary: string,
  names: Iterable<string>,
): JsonObject => ({
  action,
  channel: { $ref: `#/channels/${channel}` },
  summary,
  messages: [...new Set(names)].map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
});

function gatewayOperations(): JsonObject {
  const firsts = flows.flatMap((flow) => flow.steps.slice(0, 1).map((step) => step.command));
  return {
    ...sendsTo("gateway", firsts, "Starts a flow"),
    "gateway.send.events": operation(
      "send",
      "events",
      "Says what has happened",
      gatewayEvents.map(({ type }) => type),
    ),
    "gateway.receive.gatewayInbox": operation("receive", "gatewayInbox", "Answers the request that waits", [
      ...flows.map(replyOf),
      "progress",
    ]),
  };
}

function workerOperations(worker: WorkerName): JsonObject {
  const taken = flows.filter((flow) => flow.steps.some((step) => step.command.worker === worker));
  // A command may also send itself again, with a cursor.
  const nexts = flows.flatMap((flow) =>
    flow.steps.slice(1).flatMap((step, index) => (flow.steps[index]?.command.worker === worker ? [step.command] : [])),
  );
  const published = allCommands.filter((command) => command.worker === worker).flatMap((command) => command.events);
  return {
    ...Object.fromEntries(
      queuesOf(worker).map(({ queue }) => [
        `${worker}.receive.${queue}`,
        operation("receive", queue, "Carries out its commands", namesIn(queue)),
      ]),
    ),
    ...sendsTo(worker, nexts, "Forwards a flow to its next command"),
    ...(published.length === 0
      ? {}
      : { [`${worker}.send.events`]: operation("send", "events", "Says what has happened", published) }),
    ...(taken.length === 0
      ? {}
      : {
          [`${worker}.send.gatewayInbox`]: operation("send", "gatewayInbox", "Says how a flow goes on and ends", [
            ...taken.map(replyOf),
            "progress",
          ]),
        }),
  };
}

function sendsTo(from: string, commands: readonly Command[], summary: string): JsonObject {
  return Object.fromEntries(
    workers.flatMap(queuesOf).flatMap(({ queue }) => {
      const names = commands.filter((command) => queueOf(command) === queue).map((command) => command.name);
      return names.length === 0 ? [] : [[`${from}.send.${queue}`, operation("send", queue, summary, names)]];
    }),
  );
}

import { constants, setPriority } from "node:os";
import { createDynamoClient, createSnsClient, createSqsClient } from "@lanyard/aws";
import type { EventConsumerName } from "@lanyard/contracts";
import {
  awsTransport,
  type EventConsumerOptions,
  envelopes,
  eventConsumer,
  realClock,
  Worker,
} from "@lanyard/messaging";
import { derivation } from "@lanyard/secrets";
import { dynamoItemStore, type ItemStore } from "@lanyard/storage";
import type { ServiceConfig } from "./config.ts";
import type { RunningService, ServiceContext } from "./run-service.ts";
import { workerLife } from "./worker-life.ts";

/** Few at once: a burst of events must not queue up in front of a table that sign-ins need as well. */
const MOST_AT_ONCE = 2;

/** Wires a worker that follows events: SDK clients, receive loop and health. `wire` is given the table of its name. */
export function eventConsumerService<Config extends ServiceConfig>(
  name: EventConsumerName,
  { config, log, metrics }: ServiceContext<Config>,
  wire: (table: ItemStore) => EventConsumerOptions["hear"],
): RunningService {
  const clock = realClock;
  // What is heard has happened: on a machine that is shared, the work that people wait for goes first.
  setPriority(constants.priority.PRIORITY_LOW);
  const table = dynamoItemStore({ client: createDynamoClient(), tableName: `${config.LANYARD_PREFIX}-${name}` });
  const sqs = createSqsClient({ requestTimeoutMs: (config.LANYARD_POLL_WAIT_SECONDS + 10) * 1000 });
  const worker = new Worker({
    queue: name,
    deadLetterQueue: `${name}-dlq`,
    transport: awsTransport({ sqs, sns: createSnsClient(), prefix: config.LANYARD_PREFIX }),
    clock,
    log,
    pollers: 1,
    concurrency: MOST_AT_ONCE,
    waitSeconds: config.LANYARD_POLL_WAIT_SECONDS,
    visibilitySeconds: config.LANYARD_VISIBILITY_SECONDS,
    probe: () => table.probe(),
    onDeadLetter: (reason) => metrics.deadLetters.inc({ queue: name, reason }),
    handle: eventConsumer({
      envelopes: envelopes(derivation(config.LANYARD_DERIVATION_KEYS)),
      hear: wire(table),
      clock,
      log,
      observe: ({ type, result, seconds }) => metrics.eventSeconds.observe({ event: type, result }, seconds),
    }),
  });
  const loops = [{ queue: name, worker }];
  return workerLife({ log, metrics, clock, loops, prepare: () => table.probe() });
}

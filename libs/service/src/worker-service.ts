import { createDynamoClient, createSnsClient, createSqsClient } from "@lanyard/aws";
import {
  type BulkQueueName,
  deadLetterQueueOf,
  type FollowedQueueName,
  flows,
  type WorkerName,
} from "@lanyard/contracts";
import {
  awsTransport,
  brokerTime,
  type Clock,
  type EventConsumerOptions,
  envelopes,
  eventConsumer,
  flowRuntime,
  type Handler,
  outcomes,
  realClock,
  steadyTime,
  type Transport,
  Worker,
} from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";
import { derivation, sealing } from "@lanyard/secrets";
import { dynamoItemStore, type ItemStore } from "@lanyard/storage";
import type { ServiceConfig } from "./config.ts";
import type { RunningService, ServiceContext } from "./run-service.ts";
import { workerLife } from "./worker-life.ts";
import { workerLoops } from "./worker-loops.ts";

/** What a worker's handlers are made of. */
export interface WorkerMaterials {
  readonly table: (name: string) => ItemStore;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

export interface WorkerParts {
  readonly handlers: readonly Handler[];
  /** How many messages of a queue of long or heavy work are carried out at once; default 2. */
  readonly concurrency?: Partial<Record<BulkQueueName, number>>;
  /** What it does about the events of each queue that it follows. Default: it follows none. */
  readonly follows?: Partial<Record<FollowedQueueName, EventConsumerOptions["hear"]>>;
  /** Must succeed before the first message is taken; repeated until it does. */
  readonly prepare?: () => Promise<void>;
  /** What is missing beyond queues and tables; empty: ready. */
  readonly missing?: () => readonly string[];
  readonly stop?: () => Promise<void>;
}

/** So few at once that what nobody waits for takes nothing from what somebody does. */
const FOLLOWED = { pollers: 1, concurrency: 2 } as const;

/** Wires one worker: SDK clients, flow runtime, receive loops and health. The handlers are the only part that differs. */
export function workerService<Config extends ServiceConfig>(
  name: WorkerName,
  { config, log, metrics }: ServiceContext<Config>,
  wire: (materials: WorkerMaterials) => WorkerParts,
): RunningService {
  const clock = realClock;
  const time = brokerTime(steadyTime);
  const onServerTime = time.observe;
  const sqs = createSqsClient({ onServerTime, requestTimeoutMs: (config.LANYARD_POLL_WAIT_SECONDS + 10) * 1000 });
  const sns = createSnsClient();
  const dynamo = createDynamoClient({ onServerTime });
  const table = (tableName: string): ItemStore =>
    dynamoItemStore({ client: dynamo, tableName: `${config.LANYARD_PREFIX}-${tableName}` });
  const transport = awsTransport({ sqs, sns, prefix: config.LANYARD_PREFIX });
  const derived = derivation(config.LANYARD_DERIVATION_KEYS);
  const sealed = sealing(config.LANYARD_SEALING_KEYS);
  const operations = table("operations");
  const parts = wire({ table, derivation: derived, sealing: sealed, transport, clock, brokerNow: time.now });
  const handle = flowRuntime({
    flows: flows.allFlows,
    handlers: parts.handlers,
    transport,
    outcomes: outcomes(operations),
    envelopes: envelopes(derived),
    derivation: derived,
    sealing: sealed,
    clock,
    log,
    observe: ({ command, result, seconds }) => metrics.commandSeconds.observe({ command, result }, seconds),
  });
  const following = Object.entries(parts.follows ?? {}).map(([queue, hear]) => ({
    ...{ queue, deadLetterQueue: deadLetterQueueOf(queue as FollowedQueueName), ...FOLLOWED },
    handle: eventConsumer({
      ...{ envelopes: envelopes(derived), hear, clock, log },
      observe: ({ type, result, seconds }) => metrics.eventSeconds.observe({ event: type, result }, seconds),
    }),
  }));
  const commanded = workerLoops(name, parts.concurrency).map((loop) => ({ ...loop, handle }));
  const loops = [...commanded, ...following].map((loop) => ({
    queue: loop.queue,
    worker: new Worker({
      ...loop,
      transport,
      clock,
      log,
      waitSeconds: config.LANYARD_POLL_WAIT_SECONDS,
      visibilitySeconds: config.LANYARD_VISIBILITY_SECONDS,
      probe: async () => void (await Promise.all([operations.probe(), transport.probeTopic("events")])),
      onDeadLetter: (reason) => metrics.deadLetters.inc({ queue: loop.queue, reason }),
    }),
  }));
  return workerLife({ log, metrics, clock, loops, prepare: () => operations.probe(), ...parts });
}

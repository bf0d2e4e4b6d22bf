import type { z } from "zod";
import type { ProblemCode } from "./problems.ts";

/** The workers that take commands; each has one queue of the same name. */
export const workers = ["identity", "session", "token", "notification", "merge"] as const;
export type WorkerName = (typeof workers)[number];

/** The workers that take every event and no command; each has one queue of the same name. */
export const eventConsumers = ["audit"] as const;
export type EventConsumerName = (typeof eventConsumers)[number];

/** Queues for long or heavy work, each taken by the worker that comes before the dash, a few messages at once, beside its own. */
export const bulkQueues = ["session-bulk", "merge-bulk", "identity-hash"] as const;
export type BulkQueueName = (typeof bulkQueues)[number];

/** The queues of a worker's long work. */
export const bulkQueuesOf = (worker: WorkerName): readonly BulkQueueName[] =>
  bulkQueues.filter((queue) => queue.startsWith(`${worker}-`));

/** One thing a worker can be told to do: its name on the wire, what it needs, what it adds to the flow. */
export interface Command<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  readonly name: Name;
  readonly worker: WorkerName;
  /** The queue it travels in; default: the worker's own. Long work has another, so that it keeps nobody waiting. */
  readonly queue?: BulkQueueName;
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** The types of the events it may publish. */
  readonly events: readonly string[];
  /** The problems it may end the flow with. */
  readonly problems: readonly ProblemCode[];
  /** What it may end the flow early with, in place of the flow's own result. */
  readonly endsWith?: z.ZodObject;
  /** Carried out however late: what came before it in its flow must not stand alone. Default: not after `notAfter`. */
  readonly hasNoDeadline?: true;
}

/** The queue that a command is sent to. */
export const queueOf = ({ worker, queue }: Pick<Command, "worker" | "queue">): WorkerName | BulkQueueName =>
  queue ?? worker;

export const command = <Name extends string, Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: Command<Name, Input, Output>,
): Command<Name, Input, Output> => definition;

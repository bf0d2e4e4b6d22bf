import { type BulkQueueName, bulkQueuesOf, deadLetterQueueOf, type WorkerName } from "@lanyard/contracts";
import type { WorkerOptions } from "@lanyard/messaging";

/** One receive loop of a worker; what is absent is as `Worker` has it by default. */
export type WorkerLoop = Pick<WorkerOptions, "queue" | "deadLetterQueue" | "pollers" | "concurrency">;

/** So few at once that long work never takes a place, a connection or the table from what a person waits for. */
const BULK = { pollers: 1, concurrency: 2 } as const;

/**
 * The receive loops of a worker: its own queue's, and beside it one for each queue of its long or heavy work. `concurrency`:
 * how many messages of such a queue are carried out at once; default 2.
 */
export const workerLoops = (
  name: WorkerName,
  concurrency: Partial<Record<BulkQueueName, number>> = {},
): readonly WorkerLoop[] => [
  { queue: name, deadLetterQueue: deadLetterQueueOf(name) },
  ...bulkQueuesOf(name).map((queue) => ({
    queue,
    deadLetterQueue: deadLetterQueueOf(queue),
    ...BULK,
    ...(concurrency[queue] !== undefined && { concurrency: concurrency[queue] }),
  })),
];

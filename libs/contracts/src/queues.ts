import { z } from "zod";
import { ANDON_CORD } from "./andon-cord.ts";
import { bulkQueues, eventConsumers, workers } from "./command.ts";
import { followedQueueNames } from "./followed-queues.ts";

/** Every queue that has dead letters, which lie in the queue of its name and `-dlq`. */
export const queues = [...workers, ...bulkQueues, ...eventConsumers, ...followedQueueNames, ANDON_CORD] as const;
export type QueueName = (typeof queues)[number];

export const queueName = z.enum(queues).meta({ description: "A queue that has dead letters" });

export const deadLetterQueueOf = (queue: QueueName): string => `${queue}-dlq`;

import {
  type CommandMessage,
  deadLetterQueueOf,
  type EventMessage,
  flows,
  httpSchemas,
  type QueueName,
  queueName,
  queues,
  redact,
} from "@lanyard/contracts";
import { type Envelopes, peek, type ReceivedMessage, type Transport } from "@lanyard/messaging";
import type { Request, RequestHandler } from "express";
import type { z } from "zod";
import { ProblemError } from "../http/problem.ts";
import { showed } from "./operator-actions.ts";

export interface DeadLettersDeps {
  readonly transport: Pick<Transport, "receive" | "changeVisibility" | "depth">;
  readonly envelopes: Pick<Envelopes, "readCommand" | "readEvent">;
}

type Letter = z.input<typeof httpSchemas.deadLetters>["letters"][number];

/** How many are looked at, of each queue. */
const MOST_LOOKED_AT = 100;

/** `GET /admin/dead-letters`: every queue, with why its letters are dead. */
export const listDeadLetters =
  (deps: DeadLettersDeps): RequestHandler =>
  async (_request, response) => {
    const summaries = await Promise.all(
      queues.map(async (queue) => {
        const { count, letters } = await look(deps, queue);
        const reasons: Record<string, number> = {};
        for (const letter of letters) reasons[reasonOf(letter)] = (reasons[reasonOf(letter)] ?? 0) + 1;
        const [oldest] = letters;
        return { queue, count, reasons, ...(oldest === undefined ? {} : { oldestAt: isoOf(oldest.sentAt) }) };
      }),
    );
    response.json(httpSchemas.deadLetterQueues.parse({ queues: summaries }));
  };

/** `GET /admin/dead-letters/{queue}`: what lies there, redacted. */
export const showDeadLetters =
  (deps: DeadLettersDeps): RequestHandler =>
  async (request, response) => {
    const queue = queueInPath(request);
    const { count, letters } = await look(deps, queue);
    showed(response, [queue]);
    response.json(
      httpSchemas.deadLetters.parse({ queue, count, letters: letters.map((one) => present(deps.envelopes, one)) }),
    );
  };

/** The queue that the path names. @throws ProblemError */
export function queueInPath(request: Request): QueueName {
  const parsed = queueName.safeParse(request.params["queue"]);
  if (!parsed.success) throw new ProblemError("queue_not_found");
  return parsed.data;
}

async function look({ transport }: DeadLettersDeps, queue: QueueName) {
  const name = deadLetterQueueOf(queue);
  const count = await transport.depth(name);
  // Nobody is kept waiting for an empty queue, or for more than there is.
  const letters = count === 0 ? [] : await peek(transport, name, Math.min(count, MOST_LOOKED_AT));
  return { count: Math.max(count, letters.length), letters };
}

/** Whoever may send to the queue may have written it: words it can be, and nothing else. */
const reasonOf = ({ attributes }: ReceivedMessage): string => {
  const { deadLetterReason = "deliveries_exhausted" } = attributes;
  return /^\w{1,64}$/.test(deadLetterReason) ? deadLetterReason : "unreadable";
};

/** What its MAC vouches for, redacted; of anything else only what the queue itself says. */
function present(envelopes: DeadLettersDeps["envelopes"], received: ReceivedMessage): Letter {
  const letter = {
    messageId: received.messageId,
    reason: reasonOf(received),
    sentAt: isoOf(received.sentAt),
    bytes: Buffer.byteLength(received.body),
  };
  const command = orNothing(() => envelopes.readCommand(received));
  if (command !== undefined) return { ...letter, genuine: true, ...aboutCommand(command) };
  const event = orNothing(() => envelopes.readEvent(received));
  return event === undefined ? { ...letter, genuine: false } : { ...letter, genuine: true, ...aboutEvent(event) };
}

function aboutCommand(message: CommandMessage): Partial<Letter> {
  const { type, operationId, position, receivedAt, notAfter, input } = message;
  const { name, version } = message.flow;
  const flow = flows.allFlows.find((known) => known.name === name && known.version === version);
  return {
    type,
    operationId,
    flow: `${name}/${version}`,
    position,
    receivedAt,
    notAfter,
    ...(flow === undefined ? {} : { input: redact(flow.input, input) }),
  };
}

const aboutEvent = ({ type, operationid }: EventMessage): Partial<Letter> => ({ type, operationId: operationid });

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

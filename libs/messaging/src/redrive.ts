import type { ReceivedMessage, Transport } from "./transport.ts";

/** What `settle` adds to a message that it gives up. */
const OF_DEAD_LETTERS = new Set(["deadLetterReason", "deadLetteredAt", "receiveCount"]);
const BATCH = 10;
const HIDDEN_SECONDS = 30;
const WAIT_SECONDS = 1;

export interface Redrive {
  /** Where they lie. */
  readonly from: string;
  readonly to: string;
  /** Only what came there before this, milliseconds since the epoch on the broker's time: the rest has come back. */
  readonly sentBefore: number;
  /** How many batches of ten to receive at most. Default 10. */
  readonly batches?: number;
  /** The group of fair queues it had, which a received message does not say. */
  readonly groupOf?: (message: ReceivedMessage) => string | undefined;
}

/**
 * Moves some dead letters back to their queue, as they were: received, sent, and only then deleted. Stopped in between, a
 * message stands in both queues, and is carried out as if it had come twice. `isOver`: nothing is left that it may move.
 * @throws DependencyUnavailable, QueueGone
 */
export async function redrive(
  transport: Pick<Transport, "receive" | "send" | "delete" | "changeVisibility">,
  { from, to, sentBefore, batches = 10, groupOf = () => undefined }: Redrive,
): Promise<{ readonly moved: number; readonly isOver: boolean }> {
  let moved = 0;
  let isOver = false;
  const left: ReceivedMessage[] = [];
  try {
    for (let batch = 0; batch < batches && !isOver; batch += 1) {
      const received = await transport.receive(from, {
        max: BATCH,
        waitSeconds: WAIT_SECONDS,
        visibilitySeconds: HIDDEN_SECONDS,
      });
      isOver = received.length === 0;
      left.push(...received.filter(({ sentAt }) => sentAt >= sentBefore));
      const ready = received.filter(({ sentAt }) => sentAt < sentBefore);
      await Promise.all(
        ready.map(async (message) => {
          const groupId = groupOf(message);
          await transport.send(to, {
            body: message.body,
            attributes: Object.fromEntries(
              Object.entries(message.attributes).filter(([name]) => !OF_DEAD_LETTERS.has(name)),
            ),
            ...(groupId === undefined ? {} : { groupId }),
          });
          await transport.delete(from, message.receiptHandle);
        }),
      );
      moved += ready.length;
    }
  } finally {
    await Promise.all(left.map((one) => transport.changeVisibility(from, one.receiptHandle, 0)));
  }
  return { moved, isOver: isOver || moved === 0 };
}

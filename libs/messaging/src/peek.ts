import type { ReceivedMessage, Transport } from "./transport.ts";

const BATCH = 10;
/** Long enough to look at a hundred; what a process that died was looking at shows again after it. */
const HIDDEN_SECONDS = 20;
const WAIT_SECONDS = 1;

/**
 * Looks at the messages of a queue, `most` at most, oldest first, and puts them back. A queue can only be looked at by
 * receiving: each look counts as a delivery, hides what it sees from others until it is over (20 s if it dies), and does
 * not see what others have in hand. So it is for queues that nobody consumes, as dead letters, and what it says may be
 * incomplete. @throws DependencyUnavailable, QueueGone
 */
export async function peek(
  transport: Pick<Transport, "receive" | "changeVisibility">,
  queue: string,
  most: number,
): Promise<readonly ReceivedMessage[]> {
  const seen = new Map<string, ReceivedMessage>();
  try {
    while (seen.size < most) {
      const max = Math.min(BATCH, most - seen.size);
      const batch = await transport.receive(queue, {
        max,
        waitSeconds: WAIT_SECONDS,
        visibilitySeconds: HIDDEN_SECONDS,
      });
      const known = seen.size;
      for (const message of batch) seen.set(message.messageId, message);
      // None, or only such as have shown again meanwhile.
      if (seen.size === known) break;
    }
  } finally {
    await Promise.all([...seen.values()].map((one) => transport.changeVisibility(queue, one.receiptHandle, 0)));
  }
  return [...seen.values()].sort((one, other) => one.sentAt - other.sentAt);
}

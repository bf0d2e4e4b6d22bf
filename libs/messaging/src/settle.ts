import type { Clock } from "./clock.ts";
import { type Disposition, retriesExhausted, retryDelaySeconds } from "./disposition.ts";
import type { Log } from "./log.ts";
import type { ReceivedMessage, Transport } from "./transport.ts";

export interface SettleOptions {
  readonly queue: string;
  /** `null`: what can never succeed is dropped with a log line. */
  readonly deadLetterQueue: string | null;
  readonly transport: Pick<Transport, "send" | "delete" | "changeVisibility">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly onDeadLetter?: (reason: string) => void;
}

/** Does to a message what was decided of it: the only place that deletes one. */
export async function settle(
  message: ReceivedMessage,
  disposition: Exclude<Disposition, { kind: "hold" }>,
  options: SettleOptions,
): Promise<void> {
  const { transport, queue, clock } = options;
  switch (disposition.kind) {
    case "delete":
      return transport.delete(queue, message.receiptHandle);
    case "retry":
      if (retriesExhausted(message, clock.now()) && !(clock.now() < (disposition.until ?? 0)))
        return deadLetter(message, disposition.reason, options);
      return transport.changeVisibility(queue, message.receiptHandle, retryDelaySeconds(message.receiveCount));
    case "dead-letter":
      return deadLetter(message, disposition.reason, options);
  }
}

/** The dead letter stands before the message goes. */
async function deadLetter(message: ReceivedMessage, reason: string, options: SettleOptions): Promise<void> {
  const { transport, queue, deadLetterQueue, clock, log } = options;
  log.error({ queue, messageId: message.messageId, reason, receiveCount: message.receiveCount }, "dead letter");
  if (deadLetterQueue !== null) {
    const attributes = {
      ...message.attributes,
      deadLetterReason: reason,
      deadLetteredAt: new Date(clock.now()).toISOString(),
      receiveCount: String(message.receiveCount),
    };
    await transport.send(deadLetterQueue, { body: message.body, attributes });
  }
  await transport.delete(queue, message.receiptHandle);
  options.onDeadLetter?.(reason);
}

import { deadLetterQueueOf, type QueueName } from "@lanyard/contracts";
import {
  type Envelopes,
  envelopes,
  messageGroup,
  type ReceivedMessage,
  redrive,
  type Transport,
} from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";

/** What queues have given up. */
export interface DeadLetters {
  /** How many there are, approximately. */
  count(queue: QueueName): Promise<number>;
  /** Moves up to a hundred back that came there before `sentBefore`, milliseconds since the epoch. */
  redrive(queue: QueueName, sentBefore: number): Promise<{ readonly moved: number; readonly isOver: boolean }>;
}

export function deadLetters({
  transport,
  derivation,
}: {
  readonly transport: Transport;
  readonly derivation: Derivation;
}): DeadLetters {
  const groupOf = groupsOf(envelopes(derivation), derivation);
  return {
    count: (queue) => transport.depth(deadLetterQueueOf(queue)),
    redrive: (queue, sentBefore) =>
      redrive(transport, { from: deadLetterQueueOf(queue), to: queue, sentBefore, groupOf }),
  };
}

/** As the dispatcher and the flow runtime make it; none for what no key vouches for. */
const groupsOf =
  (reading: Pick<Envelopes, "readCommand">, derivation: Derivation) =>
  (received: ReceivedMessage): string | undefined => {
    try {
      const message = reading.readCommand(received);
      return messageGroup(derivation, message, Object.assign({}, message.input, ...message.outputs));
    } catch {
      return undefined;
    }
  };

import { DependencyUnavailable } from "@lanyard/aws";
import {
  type Caller,
  type Client,
  type Flow,
  type JsonObject,
  type ProgressMessage,
  type RecordedOutcome,
} from "@lanyard/contracts";
import {
  type Clock,
  type Disposition,
  type Envelopes,
  firstCommand,
  type Log,
  messageGroup,
  OPERATION_KEPT_MS,
  type Outcomes,
  PoisonMessage,
  type ReceivedMessage,
  type Transport,
} from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";

export interface DispatcherOptions {
  readonly transport: Transport;
  readonly outcomes: Outcomes;
  readonly envelopes: Envelopes;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly log: Log;
  /** The inbox replies come to; `undefined` while there is none. */
  readonly inbox: () => string | undefined;
  /** How long a queue may take to acknowledge; default 10,000. */
  readonly acknowledgeMs?: number;
  /** After this much silence the outcome is read once, and a table may take as long at the end; default 1000. */
  readonly silenceMs?: number;
}

/** One request as a command flow. */
export interface Submission {
  readonly operationId: string;
  readonly flow: Flow;
  readonly input: JsonObject;
  readonly caller: Caller;
  readonly client: Client;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly traceparent: string;
  /** The key its ids are derived with, when it was bound before; default: the current one. */
  readonly derivationKid?: string;
  /** Told each finished step, when given. */
  readonly onProgress?: (progress: ProgressMessage) => void;
}

/** An accepted submission: the queue has acknowledged it, and it will end. */
export interface Accepted {
  /**
   * The outcome, or `undefined` when it has not ended by then or nobody wants it any more. To be called once: until then
   * the operation counts as waited for. Never rejects for a dependency that is down.
   */
  outcomeWithin(ms: number, nobodyWaits?: AbortSignal): Promise<RecordedOutcome | undefined>;
}

export interface Dispatcher {
  /** Sends the flow's first command. @throws DependencyUnavailable when the queue did not acknowledge. */
  submit(submission: Submission): Promise<Accepted>;
  /**
   * The same when nobody wants to know how it ends: no reply comes.
   * @throws DependencyUnavailable when the queue did not acknowledge.
   */
  send(submission: Omit<Submission, "onProgress">): Promise<void>;
  /** Takes one message of the inbox. */
  receive(message: ReceivedMessage): Promise<Disposition>;
  /** Submissions whose outcome is waited for. */
  waiting(): number;
}

/** Given as the reason, or every request would pay for two exceptions with their stacks. */
const NO_LONGER_WAITED_FOR = "no longer waited for";

interface Waiting {
  readonly onProgress: Submission["onProgress"];
  resolve(outcome: RecordedOutcome): void;
}

/** Turns requests into commands and replies into answers. The reply is a short cut: the recorded outcome is the truth. */
export function dispatcher(options: DispatcherOptions): Dispatcher {
  const { transport, outcomes, envelopes, derivation, clock, log } = options;
  /** By operation; several requests with one idempotency key may wait for the same. */
  const waiting = new Map<string, Set<Waiting>>();
  const begin = (operationId: string, waiter: Waiting): void => {
    waiting.set(operationId, (waiting.get(operationId) ?? new Set()).add(waiter));
  };
  const end = (operationId: string, waiter: Waiting): void => {
    const waiters = waiting.get(operationId);
    waiters?.delete(waiter);
    if (waiters?.size === 0) waiting.delete(operationId);
  };

  const firstOf = (submission: Submission, replyTo: string | null): ReturnType<typeof firstCommand> => {
    const { operationId, flow, input, caller, client, receivedAt, traceparent } = submission;
    return firstCommand(options.sealing, flow, input, {
      operationId,
      caller,
      client,
      receivedAt: new Date(receivedAt).toISOString(),
      notAfter: new Date(receivedAt + OPERATION_KEPT_MS).toISOString(),
      replyTo,
      progress: submission.onProgress !== undefined,
      derivationKid: submission.derivationKid ?? derivation.currentKid,
      traceparent,
    });
  };
  /** What stands in the table; a table that does not answer says nothing about the operation. */
  const readOutcome = async (operationId: string): Promise<RecordedOutcome | undefined> => {
    try {
      return await outcomes.read(operationId);
    } catch (error) {
      log.warn({ operationId, err: error }, "an outcome could not be read");
      return undefined;
    }
  };

  /** A queue that does not answer is down, whatever its client still hopes for. */
  const acknowledged = async (sent: Promise<void>): Promise<void> => {
    const cancel = new AbortController();
    const tooLate = clock.sleep(options.acknowledgeMs ?? 10_000, cancel.signal).then(() => {
      if (!cancel.signal.aborted) throw new DependencyUnavailable("sqs", new Error("not acknowledged in time"));
    });
    try {
      await Promise.race([sent, tooLate]);
    } finally {
      cancel.abort(NO_LONGER_WAITED_FOR);
    }
  };
  const sendFirst = async (submission: Submission, replyTo: string | null): Promise<void> => {
    const { queue, message } = await firstOf(submission, replyTo);
    const group = messageGroup(derivation, message, submission.input);
    await acknowledged(transport.send(queue, envelopes.command(message, group)));
  };
  /** By reply, by the table after some silence, by the table at the end; a slow table does not keep anyone waiting. */
  const firstOutcome = async (
    operationId: string,
    replied: Promise<RecordedOutcome>,
    ms: number,
    nobodyWaits: AbortSignal | undefined,
  ): Promise<RecordedOutcome | undefined> => {
    const { silenceMs = 1000 } = options;
    const over = new AbortController();
    const end = (): void => over.abort(NO_LONGER_WAITED_FOR);
    nobodyWaits?.addEventListener("abort", end);
    if (nobodyWaits?.aborted === true) end();
    const read = async (afterMs: number): Promise<RecordedOutcome | undefined> => {
      await clock.sleep(afterMs, over.signal);
      return over.signal.aborted ? undefined : readOutcome(operationId);
    };
    try {
      return await new Promise((resolve) => {
        void replied.then(resolve);
        if (silenceMs < ms) void read(silenceMs).then((found) => found !== undefined && resolve(found));
        void read(ms).then(resolve);
        void clock.sleep(ms + silenceMs, over.signal).then(() => resolve(undefined));
      });
    } finally {
      nobodyWaits?.removeEventListener("abort", end);
      end();
    }
  };

  return {
    waiting: () => [...waiting.values()].reduce((sum, { size }) => sum + size, 0),

    async submit(submission) {
      const { operationId, onProgress } = submission;
      let resolve: Waiting["resolve"] = () => {};
      const replied = new Promise<RecordedOutcome>((settle) => {
        resolve = settle;
      });
      const waiter = { onProgress, resolve };
      begin(operationId, waiter);
      try {
        await sendFirst(submission, options.inbox() ?? null);
      } catch (error) {
        end(operationId, waiter);
        throw error;
      }
      return {
        async outcomeWithin(ms, nobodyWaits) {
          try {
            return ms > 0 ? await firstOutcome(operationId, replied, ms, nobodyWaits) : undefined;
          } finally {
            end(operationId, waiter);
          }
        },
      };
    },

    send: (submission) => sendFirst(submission, null),

    async receive(received) {
      try {
        const message = envelopes.readInbox(received);
        for (const waiter of waiting.get(message.operationId) ?? []) {
          if (message.kind === "progress") waiter.onProgress?.(message);
          else waiter.resolve(message.recorded);
        }
        return { kind: "delete" };
      } catch (error) {
        if (error instanceof PoisonMessage) return { kind: "dead-letter", reason: error.reason };
        throw error;
      }
    },
  };
}

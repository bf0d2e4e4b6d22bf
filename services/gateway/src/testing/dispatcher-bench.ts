import { flows, type RecordedOutcome } from "@lanyard/contracts";
import {
  envelopes,
  memoryTransport,
  newOperationId,
  type OutgoingMessage,
  outcomes,
  type ReceivedMessage,
} from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { type DispatcherOptions, dispatcher, type Submission } from "../operations/dispatcher.ts";
import { recordingLog } from "./recording-log.ts";

export const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

/** A dispatcher whose worker is the test. */
export function dispatcherBench(options: Partial<DispatcherOptions> = {}) {
  const keyring = parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`);
  const clock = virtualClock();
  const derived = derivation(keyring);
  const written = envelopes(derived);
  const table = memoryItemStore();
  const transport = memoryTransport({ clock, queues: ["identity", "session", "inbox-1"], topics: [] });
  const recorded = outcomes(table);
  const { log, lines } = recordingLog();
  const desk = dispatcher({
    transport,
    outcomes: recorded,
    envelopes: written,
    derivation: derived,
    sealing: sealing(keyring),
    clock,
    log,
    inbox: () => "inbox-1",
    ...options,
  });
  let made = 0;
  const submission = (change: Partial<Submission> = {}): Submission => {
    made += 1;
    return {
      operationId: newOperationId(derived, { kind: "none" }, clock.now(), new Uint8Array(10).fill(made)),
      flow: flows.createAnonymousSession,
      input: {},
      caller: { kind: "none" },
      client: { ip: "192.0.2.1" },
      receivedAt: clock.now(),
      traceparent,
      ...change,
    };
  };
  const outcomeOf = (operationId: string): RecordedOutcome => ({
    operationId,
    flow: { name: "createAnonymousSession", version: 1 },
    caller: { kind: "none" },
    outcome: { state: "failed", problem: { code: "operation_expired" } },
    finishedAt: new Date(clock.now()).toISOString(),
  });
  const deliver = (message: Pick<OutgoingMessage, "body" | "attributes">) =>
    desk.receive({ ...message, messageId: "m", receiptHandle: "r", receiveCount: 1, sentAt: 0 } as ReceivedMessage);
  const reply = (operationId: string) =>
    deliver(written.inbox({ kind: "reply", operationId, recorded: outcomeOf(operationId), traceparent }));
  const progress = (operationId: string, position: number) =>
    deliver(written.inbox({ kind: "progress", operationId, step: "session.open", position, of: 3, traceparent }));
  return { desk, clock, transport, recorded, lines, submission, outcomeOf, deliver, reply, progress };
}

/** Whether a promise has settled, asked at any time. */
export function watched<T>(promise: Promise<T>): { readonly promise: Promise<T>; isSettled(): boolean } {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  return { promise, isSettled: () => settled };
}

/** An answer that counts how often it was asked for. */
export const counted = <T>(answer: () => Promise<T>) => {
  const calls = { count: 0 };
  return { calls, read: async () => ((calls.count += 1), answer()) };
};

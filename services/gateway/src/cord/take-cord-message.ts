import { createHash } from "node:crypto";
import { DependencyUnavailable } from "@lanyard/aws";
import {
  CORD_WINDOW,
  type CordRefusal,
  type EventMessage,
  events,
  flows,
  type RevocationScope,
} from "@lanyard/contracts";
import {
  type Disposition,
  type Envelopes,
  type Log,
  newOperationId,
  QueueGone,
  type ReceivedMessage,
  type Transport,
  traceIdOf,
} from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import type { Dispatcher } from "../operations/dispatcher.ts";
import { decideCord, type Pull } from "./decide-cord.ts";
import { hashedUuid, readCordMessage } from "./read-cord-message.ts";

export interface CordDeps {
  readonly dispatcher: Pick<Dispatcher, "send">;
  readonly transport: Pick<Transport, "publish">;
  readonly envelopes: Pick<Envelopes, "event">;
  readonly derivation: Derivation;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
  readonly log: Log;
  /** What alarms pull; `undefined`: nothing. */
  readonly alarmScope: RevocationScope | undefined;
}

/** What an operation is known by, wherever its message is taken. */
interface Named {
  readonly operationId: string;
  readonly traceparent: string;
}

const NOBODY = { kind: "none" } as const;

/**
 * Takes one message off the topic's queue. The message goes once the session worker's queue has the command, or the refusal
 * has been told; taken again before that, it is the same operation, or the same refusal.
 */
export const takeCordMessage =
  (deps: CordDeps): ((received: ReceivedMessage) => Promise<Disposition>) =>
  async (received) => {
    const { messageId, body, sentAt: publishedAt } = received;
    const { log, alarmScope } = deps;
    try {
      const decision = decideCord(readCordMessage(body), publishedAt, { alarmScope, window: CORD_WINDOW });
      switch (decision.kind) {
        case "pull":
          await pull(deps, decision.pull, received);
          return { kind: "delete" };
        case "ignore":
          log.info({ messageId, state: decision.state }, "an alarm without alarm pulls nothing");
          return { kind: "delete" };
        case "refuse":
          await tellRefusal(deps, decision.why, received);
          return { kind: "dead-letter", reason: decision.why };
      }
    } catch (error) {
      if (error instanceof DependencyUnavailable) return { kind: "hold", dependency: error.dependency };
      if (error instanceof QueueGone) return { kind: "hold", dependency: error.queue };
      log.error({ messageId, err: error }, "a message on the topic of the andon cord failed");
      return { kind: "retry", reason: "failed" };
    }
  };

async function pull(deps: CordDeps, { ...input }: Pull, { messageId, sentAt }: ReceivedMessage): Promise<void> {
  const { revocationId } = input;
  const { operationId, traceparent } = named(deps.derivation, sentAt, "pull", revocationId);
  await deps.dispatcher.send({
    operationId,
    flow: flows.revokeInBulk,
    input,
    caller: NOBODY,
    client: { ip: "unknown" },
    // Not when it was published: after an outage of a day it would end as expired, and nobody would have been told.
    receivedAt: deps.brokerNow(),
    traceparent,
  });
  const traceId = traceIdOf(traceparent);
  deps.log.info({ messageId, revocationId, operationId, traceId }, "the andon cord was pulled on its topic");
}

async function tellRefusal(deps: CordDeps, why: CordRefusal, { messageId, sentAt }: ReceivedMessage): Promise<void> {
  const { operationId, traceparent } = named(deps.derivation, sentAt, "refused", messageId);
  const { type } = events.andonRefused;
  const refused: EventMessage = {
    specversion: "1.0",
    id: hashedUuid(`${type}\n${messageId}`),
    type,
    source: "lanyard/gateway",
    time: new Date(sentAt).toISOString(),
    datacontenttype: "application/json",
    data: { messageId, why },
    operationid: operationId,
    traceparent,
  };
  await deps.transport.publish("events", deps.envelopes.event(refused));
  deps.log.warn({ messageId, why, operationId }, "a message on the topic of the andon cord pulls nothing");
}

/**
 * Operation and trace of what a message asks for, by nothing but what it says and when it was published. While gateways
 * have different keys first, so may their ids for one message differ; a revocation id is one pull by whatever operation.
 */
function named(derivation: Derivation, publishedAt: number, what: "pull" | "refused", id: string): Named {
  const hash = createHash("sha256").update(`andon cord\n${what}\n${id}`).digest();
  const [trace, span] = [hash.toString("hex", 0, 16), hash.toString("hex", 16, 24)];
  return {
    operationId: newOperationId(derivation, NOBODY, publishedAt, hash.subarray(0, 10)),
    traceparent: `00-${trace}-${span}-01`,
  };
}

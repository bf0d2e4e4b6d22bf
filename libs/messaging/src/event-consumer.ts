import { DependencyUnavailable } from "@lanyard/aws";
import type { EventMessage } from "@lanyard/contracts";
import type { Clock } from "./clock.ts";
import type { Disposition } from "./disposition.ts";
import { type Envelopes, PoisonMessage } from "./envelope.ts";
import type { Log } from "./log.ts";
import { NotNow } from "./not-now.ts";
import { traceIdOf } from "./trace.ts";
import type { ReceivedMessage } from "./transport.ts";

/** What became of an event; `unknown`: it may be of a newer release, and is tried again for over an hour. */
export type Heard = "heard" | "unknown" | "schema_invalid";

export interface EventConsumerOptions {
  readonly envelopes: Pick<Envelopes, "readEvent">;
  /** Must do the same when the same event comes again, however late. */
  readonly hear: (event: EventMessage) => Promise<Heard>;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** Told once for each event that was received. */
  readonly observe?: (run: { readonly type: string; readonly result: string; readonly seconds: number }) => void;
}

/** Takes one event off a queue that follows the topic: what `hear` did stands before the message goes. */
export function eventConsumer(options: EventConsumerOptions): (received: ReceivedMessage) => Promise<Disposition> {
  const { envelopes, hear, clock, log, observe } = options;
  return async (received) => {
    const startedAt = clock.now();
    let fields: Record<string, unknown> = { messageId: received.messageId };
    let type = "unreadable";
    const finish = (disposition: Disposition): Disposition => {
      const seconds = (clock.now() - startedAt) / 1000;
      const result = "reason" in disposition ? disposition.reason : disposition.kind;
      observe?.({ type, result, seconds });
      if (disposition.kind === "delete") log.debug({ ...fields, seconds }, "event heard");
      else log.warn({ ...fields, result, seconds, disposition: disposition.kind }, "event not heard");
      return disposition;
    };
    try {
      const event = envelopes.readEvent(received);
      const { id: eventId, operationid: operationId } = event;
      fields = { event: event.type, eventId, operationId, traceId: traceIdOf(event.traceparent) };
      const heard = await hear(event);
      if (heard !== "unknown") type = event.type;
      switch (heard) {
        case "heard":
          return finish({ kind: "delete" });
        case "unknown":
          return finish({ kind: "retry", reason: "event_unknown" });
        case "schema_invalid":
          return finish({ kind: "dead-letter", reason: "schema_invalid" });
      }
    } catch (error) {
      if (error instanceof PoisonMessage) return finish({ kind: "dead-letter", reason: error.reason });
      if (error instanceof DependencyUnavailable) return finish({ kind: "hold", dependency: error.dependency });
      if (error instanceof NotNow) {
        fields = { ...fields, why: error.message };
        const { until } = error;
        return finish({ kind: "retry", reason: "not_now", ...(until !== undefined && { until }) });
      }
      log.error({ ...fields, err: error }, "event failed");
      return finish({ kind: "retry", reason: "failed" });
    }
  };
}

import type { Command, CommandMessage, EventMessage, JsonObject, Occurrence } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";

/** The CloudEvents of one run of a command; a repeat of the run makes the same ones, ids and times included. */
export function eventMessages(run: {
  readonly derivation: Derivation;
  readonly kid: string;
  readonly writtenBy: string;
  readonly source: Command;
  readonly occurrences: readonly Occurrence[];
  readonly message: Pick<CommandMessage, "operationId" | "traceparent">;
}): readonly EventMessage[] {
  return run.occurrences.map((occurrence, index) => {
    if (!run.source.events.includes(occurrence.type)) {
      throw new TypeError(`${run.source.name} does not declare the event ${occurrence.type}`);
    }
    return {
      specversion: "1.0",
      id: run.derivation.uuid(run.kid, "identifier", "event", run.writtenBy, occurrence.type, String(index)),
      type: occurrence.type,
      source: `lanyard/${run.source.worker}`,
      time: occurrence.occurredAt,
      datacontenttype: "application/json",
      data: occurrence.data as JsonObject,
      operationid: run.message.operationId,
      traceparent: run.message.traceparent,
    };
  });
}

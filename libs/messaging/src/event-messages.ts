import type { Command, CommandMessage, EventMessage, JsonObject, Occurrence } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";

/** The CloudEvents of one run of a command; a repeat of the run makes the same ones, ids and times included. */
export function eventMessages(run: {
  readonly derivation: Derivation;
  readonly kid: string;
  readonly writtenBy: string;
  readonly source: Command;
  readonly occurrences: readonly Occurrence[];
  readonly message: Pick<CommandMessage, "operationId" | "traceparent" | "caller" | "client">;
  /** The user whom the flow is about, as far as it is known before the command. */
  readonly userId?: unknown;
}): readonly EventMessage[] {
  const { caller, client } = run.message;
  return run.occurrences.map((occurrence, index) => {
    if (!run.source.events.includes(occurrence.type)) {
      throw new TypeError(`${run.source.name} does not declare the event ${occurrence.type}`);
    }
    return {
      specversion: "1.0",
      id: run.derivation.uuid(run.kid, "identifier", ...madeOf(run.writtenBy, occurrence, index)),
      type: occurrence.type,
      source: `lanyard/${run.source.worker}`,
      time: occurrence.occurredAt,
      datacontenttype: "application/json",
      data: occurrence.data as JsonObject,
      ...subjectOf(occurrence.data["userId"] ?? run.userId),
      operationid: run.message.operationId,
      ...(caller.kind === "user" && { actorid: caller.userId }),
      clientip: client.ip,
      ...(client.userAgent !== undefined && { clientuseragent: client.userAgent }),
      traceparent: run.message.traceparent,
    };
  });
}

/** What the id of an event follows from. */
const madeOf = (writtenBy: string, { type, once }: Occurrence, index: number): readonly string[] =>
  once === undefined ? ["event", writtenBy, type, String(index)] : ["event-once", type, once];

const subjectOf = (userId: unknown): { readonly subject?: string } =>
  typeof userId === "string" ? { subject: userId } : {};

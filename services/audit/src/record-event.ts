import { type Event, type EventMessage, events, type JsonObject, typeAndDayOf } from "@lanyard/contracts";
import { type Heard, traceIdOf } from "@lanyard/messaging";
import type { SecurityEvent, SecurityEventStore } from "./security-event-store.ts";

const knownEvents: ReadonlyMap<string, Event> = new Map(events.allEvents.map((each) => [each.type, each]));

/** Keeps an event as it was told; of what it says, all that its contract describes and nothing else. */
export function recordEvent(
  store: SecurityEventStore,
  known: ReadonlyMap<string, Event> = knownEvents,
): (event: EventMessage) => Promise<Heard> {
  return async (event) => {
    const contract = known.get(event.type);
    if (contract === undefined) return "unknown";
    const data = contract.data.safeParse(event.data);
    if (!data.success) return "schema_invalid";
    await store.keep(securityEventOf(event, contract, data.data as JsonObject));
    return "heard";
  };
}

function securityEventOf(event: EventMessage, contract: Event, data: JsonObject): SecurityEvent {
  const { sessionId } = data;
  return {
    eventId: event.id,
    type: event.type,
    at: event.time,
    outcome: contract.outcome ?? "succeeded",
    ...(event.subject !== undefined && { userId: event.subject }),
    ...(event.actorid !== undefined && { actorId: event.actorid }),
    ...(typeof sessionId === "string" && { sessionId }),
    operationId: event.operationid,
    ...(event.clientip !== undefined && { ip: event.clientip }),
    ...(event.clientuseragent !== undefined && { userAgent: event.clientuseragent }),
    data,
    traceId: traceIdOf(event.traceparent),
    typeAndDay: typeAndDayOf(event.type, event.time.slice(0, 10)),
  };
}

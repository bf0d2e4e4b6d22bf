import { type EventMessage, events } from "@lanyard/contracts";
import { type Disposition, type Envelopes, PoisonMessage, type ReceivedMessage } from "@lanyard/messaging";
import type { Dispatcher } from "../operations/dispatcher.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";

/** The events that every gateway's inbox is subscribed to. */
export const inboxEventTypes: readonly string[] = [events.sessionRevoked.type, events.andonPulled.type];

export interface InboxMessagesDeps {
  readonly commands: Pick<Dispatcher, "receive">;
  readonly revocations: Pick<RevocationView, "note" | "pulls">;
  readonly envelopes: Pick<Envelopes, "readEvent">;
}

/** What comes to the inbox: events that the view wants to know early, and replies. */
export async function inboxMessages(deps: InboxMessagesDeps, message: ReceivedMessage): Promise<Disposition> {
  if (!inboxEventTypes.includes(message.attributes["type"] ?? "")) return deps.commands.receive(message);
  try {
    noteEvent(deps.revocations, deps.envelopes.readEvent(message));
    return { kind: "delete" };
  } catch (error) {
    if (error instanceof PoisonMessage) return { kind: "dead-letter", reason: error.reason };
    return { kind: "dead-letter", reason: "schema_invalid" };
  }
}

function noteEvent(revocations: InboxMessagesDeps["revocations"], { type, time, data }: EventMessage): void {
  if (type === events.andonPulled.type) {
    const { revocationId, number, scope } = events.andonPulled.data.parse(data);
    // The time of the event is that of the pull.
    return revocations.pulls.note({ revocationId, number, scope, at: time });
  }
  const { sessionId, reason } = events.sessionRevoked.data.parse(data);
  revocations.note(sessionId, reason);
}

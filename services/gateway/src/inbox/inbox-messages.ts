import { events } from "@lanyard/contracts";
import { type Disposition, type Envelopes, PoisonMessage, type ReceivedMessage } from "@lanyard/messaging";
import type { Dispatcher } from "../operations/dispatcher.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";

/** The events that every gateway's inbox is subscribed to. */
export const inboxEventTypes: readonly string[] = [events.sessionRevoked.type];

export interface InboxMessagesDeps {
  readonly commands: Pick<Dispatcher, "receive">;
  readonly revocations: Pick<RevocationView, "note">;
  readonly envelopes: Pick<Envelopes, "readEvent">;
}

/** What comes to the inbox: events that the view wants to know early, and replies. */
export async function inboxMessages(deps: InboxMessagesDeps, message: ReceivedMessage): Promise<Disposition> {
  if (!inboxEventTypes.includes(message.attributes["type"] ?? "")) return deps.commands.receive(message);
  try {
    const { sessionId, reason } = events.sessionRevoked.data.parse(deps.envelopes.readEvent(message).data);
    deps.revocations.note(sessionId, reason);
    return { kind: "delete" };
  } catch (error) {
    if (error instanceof PoisonMessage) return { kind: "dead-letter", reason: error.reason };
    return { kind: "dead-letter", reason: "schema_invalid" };
  }
}

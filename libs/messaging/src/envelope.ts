import {
  type CommandMessage,
  commandMessage,
  type EventMessage,
  eventMessage,
  type ProgressMessage,
  progressMessage,
  type ReplyMessage,
  replyMessage,
} from "@lanyard/contracts";
import type { Derivation, Purpose } from "@lanyard/secrets";
import { z } from "zod";
import type { OutgoingMessage } from "./transport.ts";

/** Envelopes stay below this many bytes: larger ones are a defect of whoever makes them. */
export const MAX_ENVELOPE_BYTES = 64 * 1024;

/** What was received is nobody's message: it goes to the dead letters at once. */
export class PoisonMessage extends Error {
  readonly reason: "mac_invalid" | "not_json" | "schema_invalid";
  constructor(reason: PoisonMessage["reason"], detail: string) {
    super(detail);
    this.name = "PoisonMessage";
    this.reason = reason;
  }
}

type InboxMessage = ReplyMessage | ProgressMessage;

/** Writes and reads envelopes: JSON under a MAC over all of it, with a key for each kind of envelope. */
export interface Envelopes {
  command(message: CommandMessage, groupId?: string): OutgoingMessage;
  inbox(message: InboxMessage): OutgoingMessage;
  event(message: EventMessage): OutgoingMessage;
  /** @throws PoisonMessage */
  readCommand(received: Sealed): CommandMessage;
  /** @throws PoisonMessage */
  readInbox(received: Sealed): InboxMessage;
  /** @throws PoisonMessage */
  readEvent(received: Sealed): EventMessage;
}

type Sealed = Pick<OutgoingMessage, "body" | "attributes">;

export function envelopes(derivation: Derivation): Envelopes {
  const write = (purpose: Purpose, type: string, message: object, groupId?: string): OutgoingMessage => {
    const body = JSON.stringify(message);
    if (Buffer.byteLength(body) > MAX_ENVELOPE_BYTES) throw new RangeError(`${type}: an envelope over 64 KB`);
    const attributes = { type, mac: derivation.mac(purpose, body) };
    return groupId === undefined ? { body, attributes } : { body, attributes, groupId };
  };
  const read = <S extends z.ZodType>(purpose: Purpose, schema: S, { body, attributes }: Sealed): z.output<S> => {
    if (!derivation.verifies(attributes["mac"] ?? "", purpose, body)) {
      throw new PoisonMessage("mac_invalid", "no key of this deployment made its MAC");
    }
    const parsed = schema.safeParse(parseJson(body));
    if (!parsed.success) throw new PoisonMessage("schema_invalid", z.prettifyError(parsed.error));
    return parsed.data;
  };
  return {
    command: (message, groupId) => write("envelope-command", message.type, message, groupId),
    inbox: (message) => write("envelope-reply", message.kind, message),
    event: (message) => write("envelope-event", message.type, message),
    readCommand: (received) => read("envelope-command", commandMessage, received),
    readInbox: (received) => read("envelope-reply", inboxMessage, received),
    readEvent: (received) => read("envelope-event", eventMessage, received),
  };
}

const inboxMessage = z.discriminatedUnion("kind", [replyMessage, progressMessage]);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PoisonMessage("not_json", "the body is not JSON");
  }
}

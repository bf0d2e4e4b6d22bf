import { type CommandMessage, type Flow, type JsonObject, queueOf } from "@lanyard/contracts";
import type { Sealing } from "@lanyard/secrets";
import { sealFields } from "./sealed-fields.ts";

/** The message that begins a flow, its input sealed where that is asked for, and its queue. @throws TypeError for a flow without steps */
export async function firstCommand(
  sealing: Sealing,
  flow: Flow,
  input: JsonObject,
  about: Omit<CommandMessage, "kind" | "type" | "flow" | "position" | "cursor" | "input" | "outputs">,
): Promise<{ readonly queue: ReturnType<typeof queueOf>; readonly message: CommandMessage }> {
  const [first] = flow.steps;
  if (first === undefined) throw new TypeError(`${flow.name} has no steps`);
  return {
    queue: queueOf(first.command),
    message: {
      ...about,
      kind: "command",
      type: first.command.name,
      flow: { name: flow.name, version: flow.version },
      position: 0,
      input: await sealFields(sealing, about.operationId, flow.input, input),
      outputs: [],
    },
  };
}

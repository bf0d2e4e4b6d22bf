import { type CommandMessage, type Flow, type JsonObject, sealedFields } from "@lanyard/contracts";
import type { Sealing } from "@lanyard/secrets";

/** Where a sealed field of an operation belongs: it opens nowhere else. */
export const sealedPlace = (operationId: string, field: string): string => `${operationId}/${field}`;

/** The values as they may travel and rest: each sealed field as a box. */
export async function sealFields(
  sealing: Sealing,
  operationId: string,
  schema: Flow["result"],
  values: Record<string, unknown>,
): Promise<JsonObject> {
  const sealed = { ...values } as JsonObject;
  for (const name of sealedFields(schema)) {
    if (values[name] !== undefined) sealed[name] = await sealing.seal(values[name], sealedPlace(operationId, name));
  }
  return sealed;
}

/** The values with each sealed field opened. @throws SealBroken @throws UnknownKey */
export async function openFields(
  sealing: Sealing,
  operationId: string,
  schema: Flow["result"],
  values: JsonObject,
): Promise<Record<string, unknown>> {
  const opened: Record<string, unknown> = { ...values };
  for (const name of sealedFields(schema)) {
    const box = values[name];
    if (typeof box === "string") opened[name] = await sealing.open(box, sealedPlace(operationId, name));
  }
  return opened;
}

/** A flow's input and outputs so far as one object, sealed fields opened. */
export async function openContext(
  sealing: Sealing,
  message: CommandMessage,
  flow: Flow,
): Promise<Record<string, unknown>> {
  const parts = [openFields(sealing, message.operationId, flow.input, message.input)];
  for (const [position, output] of message.outputs.entries()) {
    const step = flow.steps[position];
    if (step !== undefined) parts.push(openFields(sealing, message.operationId, step.command.output, output));
  }
  return Object.assign({}, ...(await Promise.all(parts)));
}

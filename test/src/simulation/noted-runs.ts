import { bulkRevocationItem, type CommandMessage } from "@lanyard/contracts";
import type { ReceivedMessage } from "@lanyard/messaging";
import { typedItems } from "@lanyard/storage";
import type { Process, World } from "./world.ts";

/** One step of a sweep as a worker carried it out. */
export interface SweepRun {
  readonly operationId: string;
  readonly step: number;
  /** How many steps were done when it began. */
  readonly stepsDone: number;
  readonly process: string;
  readonly beganAt: number;
  /** Absent: it was stopped dead, or has failed. */
  endedAt?: number;
}

export const stepOf = ({ cursor }: Pick<CommandMessage, "cursor">): number =>
  cursor === undefined ? 0 : (cursor as { readonly step: number }).step;

/** Notes the step that a message asks for, before it is begun. */
export async function noteSweepRun(
  world: World,
  process: Process,
  { body }: ReceivedMessage,
): Promise<SweepRun | undefined> {
  const store = world.stores.get("session");
  const message = JSON.parse(body) as CommandMessage;
  if (store === undefined) return undefined;
  const revocation = await typedItems(store, bulkRevocationItem).load(String(message.input["revocationId"]));
  const run: SweepRun = {
    operationId: message.operationId,
    step: stepOf(message),
    stepsDone: revocation?.value.sweep?.step ?? 0,
    process: process.name,
    beganAt: world.time.now(),
  };
  world.sweepRuns.push(run);
  return run;
}

/** Notes since when an operation may have looked who lives, if the message opens a session. */
export function noteOpening({ openingSince, time }: World, { attributes, body }: ReceivedMessage): void {
  if (attributes["type"] !== "session.open") return;
  const { operationId } = JSON.parse(body) as CommandMessage;
  if (!openingSince.has(operationId)) openingSince.set(operationId, time.now());
}

import { eventConsumers, type QueueName, workers } from "@lanyard/contracts";
import type { InProcessSystem } from "./in-process-system.ts";

/** Lets virtual time pass until these workers, by default all, have nothing left to do: what was asked for is done, and mailed. */
export async function settled(
  { transport, clock }: Pick<InProcessSystem, "transport" | "clock">,
  of: readonly QueueName[] = [...workers, ...eventConsumers],
  stepMs = 100,
): Promise<void> {
  while (of.some((queue) => transport.held(queue).length > 0)) await clock.advance(stepMs);
}

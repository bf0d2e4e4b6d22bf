import { type QueueName, queues } from "@lanyard/contracts";
import type { InProcessSystem } from "./in-process-system.ts";

/** Lets virtual time pass until these queues, by default all, hold nothing more: what was asked for is done, and mailed. */
export async function settled(
  { transport, clock }: Pick<InProcessSystem, "transport" | "clock">,
  of: readonly QueueName[] = queues,
  stepMs = 100,
): Promise<void> {
  while (of.some((queue) => transport.held(queue).length > 0)) await clock.advance(stepMs);
}

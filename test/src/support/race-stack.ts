import { setTimeout as pause } from "node:timers/promises";
import { type Stack, type StackOptions, startStack } from "@lanyard/scripts/stack";
import { answerOf, type CallOptions, type HttpAnswer, openCall } from "./http-call.ts";
import { noLimits } from "./no-limits.ts";

/** Real processes over an embedded cloud in memory, quiet, and without limits that many tries would reach. */
export const raceStack = ({ env, ...options }: Pick<StackOptions, "gateways" | "workers" | "env">): Promise<Stack> =>
  startStack({
    dataDir: "memory",
    mode: "development",
    log: () => undefined,
    superviseRestarts: false,
    env: { LOG_LEVEL: "warn", LANYARD_LIMITS: noLimits, ...env },
    ...options,
  });

/** A gateway of a stack, as tests call one. */
export const gatewayOf = (stack: Stack, index: number) => ({
  call: async (method: string, path: string, options: CallOptions = {}): Promise<HttpAnswer> =>
    answerOf(await openCall(stack.baseUrls[index] ?? "", method, path, options)),
});

/** Does something, some time later. */
export async function leavingAfter<T>(ms: number, leave: () => Promise<T>): Promise<T> {
  if (ms > 0) await pause(ms);
  return leave();
}

import { delaySecondsAfter } from "../passwords/decide-try.ts";
import type { SecondFactor } from "./second-factor-store.ts";

/** An operation that gives a code. */
export interface GivenCode {
  readonly operationId: string;
  /** ISO 8601, on the time that all processes share: late and repeated messages are judged alike. */
  readonly receivedAt: string;
}

export interface TryLimits {
  /** How many in a row may fail before none is compared any more. */
  readonly failures: number;
  /** How many operations an item remembers. */
  readonly kept: number;
}

type Failures = SecondFactor["failures"];

/** Nobody has failed. */
export const noFailures: Failures = { count: 0, counted: [] };

/** Why a code is not compared now. `retryAfterSeconds`: when one would be. Absent: never. */
export interface Refusal {
  readonly kind: "refused";
  readonly retryAfterSeconds?: number;
}

/** Whether codes are compared at all at the moment. */
export function refusalOf(failures: Failures, { receivedAt }: GivenCode, limits: TryLimits): Refusal | undefined {
  const { count, notBefore } = failures;
  if (count >= limits.failures) return { kind: "refused" };
  if (notBefore === undefined || receivedAt >= notBefore) return undefined;
  return { kind: "refused", retryAfterSeconds: Math.ceil((Date.parse(notBefore) - Date.parse(receivedAt)) / 1000) };
}

/** One more in a row: the first five cost nothing, then each makes the next wait for twice as long. */
export function oneMoreFailure(
  failures: Failures,
  { operationId, receivedAt }: GivenCode,
  limits: TryLimits,
): Failures {
  const count = failures.count + 1;
  const delayMs = delaySecondsAfter(count) * 1000;
  return {
    count,
    lastAt: receivedAt,
    ...(delayMs > 0 && { notBefore: new Date(Date.parse(receivedAt) + delayMs).toISOString() }),
    counted: [...failures.counted, { operationId, count }].slice(-limits.kept),
  };
}

/** A code was right: nobody has failed in a row any more. What was counted stays known, so that a repeat says the same. */
export const begunAnew = ({ counted }: Failures): Failures => ({ count: 0, counted });

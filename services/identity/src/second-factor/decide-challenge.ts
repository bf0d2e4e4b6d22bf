import type { SecondFactorMethod } from "@lanyard/contracts";
import type { GivenCode } from "./decide-tries.ts";
import type { SecondFactorChallenge } from "./second-factor-challenges.ts";

/**
 * One answer to a sign-in that waits. Times are those of receipt.
 *
 * ```text
 *            try (5 at most)
 *            ┌──┐
 * open ──────┴──┴──► used by exactly one operation
 *   └─ expired (10 min; not written: the time says so)
 * ```
 */
export type TryDecision =
  /** It counts from now on; its code may be compared once that is written. */
  | { readonly kind: "count"; readonly next: SecondFactorChallenge }
  | { readonly kind: "counted" }
  | Over
  | { readonly kind: "exhausted" };

export type UseDecision = { readonly kind: "use"; readonly next: SecondFactorChallenge } | Over;

type Over =
  /** By this very operation. */
  { readonly kind: "used-by-this" } | { readonly kind: "used" } | { readonly kind: "expired" };

/** Whether a code may be compared at all: every operation counts once, before its code is looked at. */
export function decideTry(
  challenge: SecondFactorChallenge | undefined,
  given: GivenCode,
  { attempts }: { readonly attempts: number },
): TryDecision {
  const over = overFor(challenge, given.operationId);
  if (over !== undefined || challenge === undefined) return over ?? { kind: "expired" };
  if (challenge.attempts.includes(given.operationId)) return { kind: "counted" };
  if (given.receivedAt >= challenge.expiresAt) return { kind: "expired" };
  if (challenge.attempts.length >= attempts) return { kind: "exhausted" };
  return { kind: "count", next: { ...challenge, attempts: [...challenge.attempts, given.operationId] } };
}

/** What an operation does whose code was right. It was in time when it was counted. */
export function decideUse(
  challenge: SecondFactorChallenge | undefined,
  { operationId, receivedAt }: GivenCode,
  by: SecondFactorMethod,
): UseDecision {
  const over = overFor(challenge, operationId);
  if (over !== undefined || challenge === undefined) return over ?? { kind: "expired" };
  return { kind: "use", next: { ...challenge, used: { at: receivedAt, operationId, by } } };
}

/** How many tries are left after this operation's. */
export const attemptsLeftAfter = (
  challenge: SecondFactorChallenge,
  operationId: string,
  { attempts }: { readonly attempts: number },
): number => attempts - 1 - Math.max(0, challenge.attempts.indexOf(operationId));

function overFor(challenge: SecondFactorChallenge | undefined, operationId: string): Over | undefined {
  if (challenge === undefined) return { kind: "expired" };
  if (challenge.used === undefined) return undefined;
  return { kind: challenge.used.operationId === operationId ? "used-by-this" : "used" };
}

import type { Challenge } from "./challenge-store.ts";

/** Who answers a challenge, and when a gateway received the answer (milliseconds since the epoch, on the broker's time). */
export interface Answering {
  readonly operationId: string;
  readonly receivedAt: number;
  readonly ip: string;
  /** Of a registration: whether somebody else may have chosen the password that waits for this answer. */
  readonly isCrossed: boolean;
}

/**
 * One answer to a challenge. Times are those of receipt, so a command that was delayed, or comes twice, is judged alike.
 *
 * ```text
 *            guess (5 at most)
 *            ┌──┐
 * open ──────┴──┴──► used by link │ used by code      each by exactly one operation
 *   └─ expired (link: 1 h, code: 10 min; neither is written: the times say so)
 * ```
 */
export type ChallengeDecision =
  /** This operation spends it now. */
  | { readonly kind: "spend"; readonly next: Challenge }
  /** This operation has spent it before. */
  | { readonly kind: "spent-by-this" }
  | { readonly kind: "used" }
  | { readonly kind: "expired" };

/** What a link that proved its secret does. */
export function decideLink(challenge: Challenge, answering: Answering): ChallengeDecision {
  return spend(challenge, answering, "link", challenge.linkExpiresAt);
}

/** What a code that was counted and found right does. */
export function decideCode(challenge: Challenge, answering: Answering): ChallengeDecision {
  return spend(challenge, answering, "code", challenge.codeExpiresAt);
}

export type GuessDecision =
  /** This guess counts from now on; it may be compared once that is written. */
  | { readonly kind: "count"; readonly next: Challenge }
  /** It was counted before: this operation comes again. */
  | { readonly kind: "counted" }
  | Exclude<ChallengeDecision, { readonly kind: "spend" }>
  | { readonly kind: "exhausted" };

/** Whether a code may be compared at all. Every operation counts once, before its code is looked at, and `attempts` may. */
export function decideGuess(
  challenge: Challenge,
  { operationId, receivedAt }: Omit<Answering, "isCrossed">,
  { attempts }: { readonly attempts: number },
): GuessDecision {
  if (challenge.used?.operationId === operationId) return { kind: "spent-by-this" };
  if (challenge.used !== undefined) return { kind: "used" };
  if (challenge.attempts.includes(operationId)) return { kind: "counted" };
  if (challenge.codeExpiresAt === undefined || isOver(challenge.codeExpiresAt, receivedAt)) return { kind: "expired" };
  if (challenge.attempts.length >= attempts) return { kind: "exhausted" };
  return { kind: "count", next: { ...challenge, attempts: [...challenge.attempts, operationId] } };
}

/** How many of `attempts` guesses are left after this operation's. */
export const attemptsLeftAfter = (
  challenge: Challenge,
  operationId: string,
  { attempts }: { readonly attempts: number },
): number => attempts - 1 - Math.max(0, challenge.attempts.indexOf(operationId));

function spend(
  challenge: Challenge,
  { operationId, receivedAt, ip, isCrossed }: Answering,
  by: "link" | "code",
  expiresAt: string | undefined,
): ChallengeDecision {
  if (challenge.used?.operationId === operationId) return { kind: "spent-by-this" };
  if (challenge.used !== undefined) return { kind: "used" };
  if (expiresAt === undefined || isOver(expiresAt, receivedAt)) return { kind: "expired" };
  const used = { at: new Date(receivedAt).toISOString(), byIp: ip, operationId, by };
  const dropsPassword = isCrossed && challenge.challengeKind === "registration";
  return {
    kind: "spend",
    next: { ...challenge, used: { ...used, ...(dropsPassword && ({ isCrossed: true } as const)) } },
  };
}

const isOver = (expiresAt: string, receivedAt: number): boolean => receivedAt >= Date.parse(expiresAt);

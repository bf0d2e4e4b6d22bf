import type { PasswordFailures } from "./failed-tries.ts";

/** A password that somebody gives, before it is compared with anything. */
export interface PasswordTry {
  readonly operationId: string;
  /** ISO 8601, on the time that all processes share. */
  readonly receivedAt: string;
  /** What it is to be compared with. Absent: there is no password. */
  readonly passwordVersion: string | undefined;
  /** Whose account carries the address. Default: nobody's. */
  readonly userId?: string | undefined;
}

export type TryDecision =
  | { readonly kind: "count"; readonly next: PasswordFailures; readonly counted: CountedTry }
  | { readonly kind: "counted-before"; readonly counted: CountedTry }
  /** It is not compared. `retryAfterSeconds`: when one would be. Absent: never. */
  | { readonly kind: "refused"; readonly retryAfterSeconds?: number };

export type CountedTry = PasswordFailures["counted"][number];

/** Tries in a row that may fail at no cost. */
const FREE_FAILURES = 5;
/** With it, a hundred tries take three days and a half. */
const LONGEST_DELAY_SECONDS = 3600;
/** What failed so long ago is no longer in a row with anything. */
export const FAILURES_KEPT_SECONDS = 30 * 24 * 3600;

/** How long no other password is compared after so many have failed in a row: 1 s after five, then twice as long each time. */
export const delaySecondsAfter = (failures: number): number =>
  failures < FREE_FAILURES ? 0 : Math.min(2 ** (failures - FREE_FAILURES), LONGEST_DELAY_SECONDS);

/**
 * Whether a try may be compared. It is counted as failed before it is, so that a thousand at once are a thousand, and
 * dated by its receipt, so that none gains by waiting in a queue. A try of before stays what it was, whenever it comes again.
 */
export function decideTry(
  failures: PasswordFailures | undefined,
  { operationId, receivedAt, passwordVersion, userId }: PasswordTry,
  { most, kept }: { readonly most: number; readonly kept: number },
): TryDecision {
  const before = failures?.counted.find((each) => each.operationId === operationId);
  if (before !== undefined) return { kind: "counted-before", counted: before };
  const inARow = failures !== undefined && isInARow(failures, passwordVersion, receivedAt, most) ? failures : undefined;
  const { count: failed = 0, notBefore } = inARow ?? {};
  if (failed >= most) return { kind: "refused" };
  if (notBefore !== undefined && receivedAt < notBefore) {
    return { kind: "refused", retryAfterSeconds: Math.ceil((Date.parse(notBefore) - Date.parse(receivedAt)) / 1000) };
  }
  const count = failed + 1;
  const delaySeconds = delaySecondsAfter(count);
  const counted = {
    operationId,
    count,
    ...(passwordVersion !== undefined && { passwordVersion }),
    ...(userId !== undefined && { userId }),
  };
  return {
    kind: "count",
    counted,
    next: {
      count,
      lastAt: later(inARow?.lastAt, receivedAt),
      ...(delaySeconds > 0 && { notBefore: inSeconds(receivedAt, delaySeconds) }),
      ...(passwordVersion !== undefined && { passwordVersion }),
      counted: [...(failures?.counted ?? []), counted].slice(-kept),
    },
  };
}

/** A new password has not been tried by anybody. */
const isInARow = (
  failures: PasswordFailures,
  passwordVersion: string | undefined,
  receivedAt: string,
  most: number,
): boolean =>
  failures.passwordVersion === passwordVersion &&
  (failures.count >= most || (failures.lastAt ?? "") > inSeconds(receivedAt, -FAILURES_KEPT_SECONDS));

export type RightDecision =
  | { readonly kind: "begin-anew"; readonly next: PasswordFailures }
  /** It did before, or so much has been counted since that nobody can tell. */
  | { readonly kind: "keep" };

/** A counted try was right: nobody has failed in a row any more. Once, so that no late message gives others their tries back. */
export function decideRight(failures: PasswordFailures | undefined, operationId: string): RightDecision {
  const own = failures?.counted.find((each) => each.operationId === operationId);
  if (failures === undefined || own === undefined || own.wasRight === true) return { kind: "keep" };
  const { notBefore: _, ...rest } = failures;
  const counted = failures.counted.map((each) => (each === own ? { ...own, wasRight: true as const } : each));
  return { kind: "begin-anew", next: { ...rest, count: 0, counted } };
}

const inSeconds = (at: string, seconds: number): string => new Date(Date.parse(at) + seconds * 1000).toISOString();

const later = (one: string | undefined, other: string): string => (one !== undefined && one > other ? one : other);

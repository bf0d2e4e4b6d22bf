import { begunAnew, type GivenCode, oneMoreFailure, type Refusal, refusalOf, type TryLimits } from "./decide-tries.ts";
import type { SecondFactor } from "./second-factor-store.ts";

/** What a code was found to be. */
export type Match =
  | { readonly by: "totp"; readonly step: number }
  | { readonly by: "backup_code"; readonly index: number };

export type CodeDecision =
  /** It is right, and spent by this operation from now on. */
  | { readonly kind: "accept"; readonly next: SecondFactor }
  /** It was right when this operation came before. */
  | { readonly kind: "accepted" }
  /** It is wrong, or spent, and counts as a failure. */
  | { readonly kind: "count"; readonly next: SecondFactor }
  | { readonly kind: "counted" }
  | Refusal
  /** There is no second factor. */
  | { readonly kind: "off" };

/**
 * Whether a code proves the second factor. What it is and that it was counted are one write: nobody learns the one without the
 * other. A TOTP code counts only if its step is newer than any that counted before (RFC 6238 section 5.2), a backup code once.
 */
export function decideCode(
  current: SecondFactor | undefined,
  given: GivenCode,
  match: Match | undefined,
  limits: TryLimits,
): CodeDecision {
  const { operationId, receivedAt } = given;
  if (current?.accepted.some((each) => each.operationId === operationId)) return { kind: "accepted" };
  if (current?.failures.counted.some((each) => each.operationId === operationId)) return { kind: "counted" };
  if (current?.totp === undefined) return { kind: "off" };
  const refusal = refusalOf(current.failures, given, limits);
  if (refusal !== undefined) return refusal;
  const spent = spend(current, current.totp, given, match);
  if (spent === undefined) {
    return { kind: "count", next: { ...current, failures: oneMoreFailure(current.failures, given, limits) } };
  }
  const left = spent.backupCodes.filter(({ spentBy }) => spentBy === undefined).length;
  const accepted = [...current.accepted, { operationId, by: spent.by, at: receivedAt, left }].slice(-limits.kept);
  const { backupCodes, totp } = spent;
  return { kind: "accept", next: { ...current, totp, backupCodes, accepted, failures: begunAnew(current.failures) } };
}

/** The factor without the code; `undefined`: it was none, or is spent. */
function spend(
  { backupCodes }: SecondFactor,
  totp: NonNullable<SecondFactor["totp"]>,
  { operationId, receivedAt }: GivenCode,
  match: Match | undefined,
) {
  switch (match?.by) {
    case undefined:
      return undefined;
    case "totp":
      return match.step > totp.lastStep
        ? { ...match, totp: { ...totp, lastStep: match.step }, backupCodes }
        : undefined;
    case "backup_code":
      if (backupCodes[match.index]?.spentBy !== undefined) return undefined;
      return {
        ...match,
        totp,
        backupCodes: backupCodes.map((code, index) =>
          index === match.index ? { ...code, spentBy: operationId, spentAt: receivedAt } : code,
        ),
      };
  }
}

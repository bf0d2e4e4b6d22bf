import {
  begunAnew,
  type GivenCode,
  noFailures,
  oneMoreFailure,
  type Refusal,
  refusalOf,
  type TryLimits,
} from "./decide-tries.ts";
import type { SecondFactor } from "./second-factor-store.ts";

/** An operation that changes an account's second factor. */
export interface Changing {
  readonly operationId: string;
  /** ISO 8601, on the time that all processes share. */
  readonly receivedAt: string;
}

/** Hashes of ten backup codes, and the key they are made with. */
export interface NewBackupCodes {
  readonly hashes: readonly string[];
  readonly kid: string;
}

export type SetUpDecision =
  | { readonly kind: "set-up"; readonly next: SecondFactor }
  /** This operation did, or one that was asked for later has: its secret is shown as it was, or would have been. */
  | { readonly kind: "shown" }
  | { readonly kind: "is-on" };

/** A new secret waits for a code of it, in place of any that waits; nobody has failed with it yet. */
export function decideSetUp(
  current: SecondFactor | undefined,
  { operationId, receivedAt }: Changing,
  { userId, sealedSecret, kept }: { readonly userId: string; readonly sealedSecret: string; readonly kept: number },
): SetUpDecision {
  if (current?.changes.some((change) => change.operationId === operationId)) return { kind: "shown" };
  if (current?.totp !== undefined) return { kind: "is-on" };
  if (current?.pending !== undefined && current.pending.receivedAt > receivedAt) return { kind: "shown" };
  const { accepted = [], failures = noFailures } = current ?? {};
  const changes = remembered(current, { operationId, receivedAt }, kept);
  const pending = { sealedSecret, operationId, receivedAt };
  return {
    kind: "set-up",
    next: { userId, pending, backupCodes: [], accepted, failures: begunAnew(failures), changes },
  };
}

export type EnableDecision =
  | { readonly kind: "enable"; readonly next: SecondFactor }
  | { readonly kind: "enabled-before" }
  /** The code is not one of the secret that waits. */
  | { readonly kind: "count"; readonly next: SecondFactor }
  | { readonly kind: "counted" }
  | Refusal
  | { readonly kind: "is-on" }
  | { readonly kind: "not-set-up" };

/** Turns the factor on if the code is one of the secret that waits; `step` is then its step, and counts no second time. */
export function decideEnable(
  current: SecondFactor | undefined,
  given: GivenCode,
  step: number | undefined,
  { codes, limits }: { readonly codes: NewBackupCodes; readonly limits: TryLimits },
): EnableDecision {
  const { operationId, receivedAt } = given;
  if (current?.changes.some((change) => change.operationId === operationId)) return { kind: "enabled-before" };
  if (current?.failures.counted.some((each) => each.operationId === operationId)) return { kind: "counted" };
  if (current?.totp !== undefined) return { kind: "is-on" };
  if (current?.pending === undefined) return { kind: "not-set-up" };
  const refusal = refusalOf(current.failures, given, limits);
  if (refusal !== undefined) return refusal;
  if (step === undefined) {
    return { kind: "count", next: { ...current, failures: oneMoreFailure(current.failures, given, limits) } };
  }
  const { pending, ...rest } = current;
  return {
    kind: "enable",
    next: {
      ...rest,
      totp: { sealedSecret: pending.sealedSecret, enabledAt: receivedAt, enabledBy: operationId, lastStep: step },
      ...ownCodes(codes, operationId),
      failures: begunAnew(current.failures),
      changes: remembered(current, given, limits.kept),
    },
  };
}

export type DisableDecision =
  | { readonly kind: "disable"; readonly next: SecondFactor }
  | { readonly kind: "disabled-before" }
  | { readonly kind: "is-off" };

/** Takes secret and backup codes away, unless the factor was turned on after this was asked for. */
export function decideDisable(
  current: SecondFactor | undefined,
  changing: Changing,
  { kept }: { readonly kept: number },
): DisableDecision {
  if (current?.changes.some(({ operationId }) => operationId === changing.operationId))
    return { kind: "disabled-before" };
  if (current?.totp === undefined || current.totp.enabledAt > changing.receivedAt) return { kind: "is-off" };
  const { userId, accepted, failures } = current;
  return {
    kind: "disable",
    next: { userId, backupCodes: [], accepted, failures, changes: remembered(current, changing, kept) },
  };
}

export type LiftDecision =
  | { readonly kind: "lift"; readonly next: SecondFactor }
  | { readonly kind: "lifted-before" }
  | { readonly kind: "is-off" };

/** The same by an operator, who forgives what has failed with it as well: whoever turns one on again begins anew. */
export function decideLift(
  current: SecondFactor | undefined,
  changing: Changing,
  options: { readonly kept: number },
): LiftDecision {
  const decision = decideDisable(current, changing, options);
  switch (decision.kind) {
    case "is-off":
      return decision;
    case "disabled-before":
      return { kind: "lifted-before" };
    case "disable":
      return { kind: "lift", next: { ...decision.next, failures: begunAnew(decision.next.failures) } };
  }
}

export type RegenerateDecision =
  | { readonly kind: "replace"; readonly next: SecondFactor }
  /** This operation did, or one that was asked for later has: its codes are void, as if it had come first. */
  | { readonly kind: "made" }
  | { readonly kind: "is-off" };

/** Puts ten new codes in the place of all there were. */
export function decideRegenerate(
  current: SecondFactor | undefined,
  changing: Changing,
  { codes, kept }: { readonly codes: NewBackupCodes; readonly kept: number },
): RegenerateDecision {
  const { operationId, receivedAt } = changing;
  if (current?.changes.some((change) => change.operationId === operationId)) return { kind: "made" };
  if (current?.totp === undefined) return { kind: "is-off" };
  const standing = current.changes.find((change) => change.operationId === current.backupCodesBy);
  if (standing !== undefined && standing.receivedAt > receivedAt) return { kind: "made" };
  const changes = remembered(current, changing, kept);
  return { kind: "replace", next: { ...current, ...ownCodes(codes, operationId), changes } };
}

const ownCodes = ({ hashes, kid }: NewBackupCodes, operationId: string) => ({
  backupCodes: hashes.map((hash) => ({ hash })),
  backupCodesBy: operationId,
  kid,
});

/** Dated by the receipt: copies that write at once write the same. */
const remembered = (
  current: SecondFactor | undefined,
  { operationId, receivedAt }: Changing,
  kept: number,
): SecondFactor["changes"] => [...(current?.changes ?? []), { operationId, receivedAt, at: receivedAt }].slice(-kept);

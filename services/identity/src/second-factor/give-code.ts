import {
  ACCOUNT_CHANGES_KEPT,
  events,
  type Occurrence,
  occurred,
  SECOND_FACTOR_FAILURES,
  type SecondFactorMethod,
} from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { backupCodeHash, isSameHash, normalBackupCode } from "./backup-codes.ts";
import { decideCode, type Match } from "./decide-code.ts";
import type { GivenCode, Refusal, TryLimits } from "./decide-tries.ts";
import type { OpenedSecondFactor, SecondFactor, SecondFactorStore } from "./second-factor-store.ts";
import { stepOf } from "./totp.ts";

export interface GiveCodeDeps {
  readonly secondFactors: SecondFactorStore;
  readonly derivation: Derivation;
}

/** A code that an operation gives for an account. */
export interface CodeForUser extends GivenCode {
  readonly userId: string;
  /** As it was typed. */
  readonly code: string;
  readonly writtenBy: string;
}

export type CodeResult =
  | { readonly kind: "right"; readonly by: SecondFactorMethod; readonly events: readonly Occurrence[] }
  | { readonly kind: "wrong"; readonly events: readonly Occurrence[] }
  | Refusal
  | { readonly kind: "off" };

export const tryLimits: TryLimits = { failures: SECOND_FACTOR_FAILURES, kept: ACCOUNT_CHANGES_KEPT };

/** From so many in a row on somebody is guessing. */
const MANY_FAILURES = 10;

/** Compares a TOTP or backup code with an account's second factor and spends it: one compare-and-set of its item. */
export async function giveCode({ secondFactors, derivation }: GiveCodeDeps, given: CodeForUser): Promise<CodeResult> {
  const { userId, operationId, writtenBy } = given;
  const { decision, standing } = await secondFactors.changeOpened(userId, writtenBy, (current) =>
    decideCode(current?.item, given, current && matchOf(derivation, current, given), tryLimits),
  );
  switch (decision.kind) {
    case "off":
    case "refused":
      return decision;
    case "accept":
    case "accepted": {
      // As it stands: a copy of this message may have been faster.
      const own = standing?.accepted.find((each) => each.operationId === operationId);
      if (own === undefined) throw new Error("a code that was right left no trace");
      return { kind: "right", by: own.by, events: spentCodeOf(standing, given) };
    }
    case "count":
    case "counted":
      return { kind: "wrong", events: failureOf(standing, given) };
  }
}

/** What is told of the backup code that an operation has spent, if it has, the same whenever it comes again. */
export function spentCodeOf(
  standing: SecondFactor | undefined,
  { operationId }: Pick<GivenCode, "operationId">,
): readonly Occurrence[] {
  const own = standing?.accepted.find((each) => each.operationId === operationId);
  if (standing === undefined || own?.by !== "backup_code") return [];
  return [occurred(events.userBackupCodeUsed, own.at, { userId: standing.userId, left: own.left })];
}

/** What is told of an operation's wrong code, the same whenever it comes again. */
export function failureOf(
  standing: SecondFactor | undefined,
  { userId, operationId, receivedAt }: Pick<CodeForUser, "userId" | "operationId" | "receivedAt">,
): readonly Occurrence[] {
  const failures = standing?.failures.counted.find((each) => each.operationId === operationId)?.count;
  if (failures === undefined) throw new Error("a code that was wrong left no trace");
  const risk = failures >= MANY_FAILURES ? { risk: { reasons: ["many_failures" as const] } } : {};
  return [occurred(events.userSecondFactorFailed, receivedAt, { userId, failures, ...risk })];
}

/** The digits of a TOTP code, however they were spaced; `undefined`: it cannot be one. */
export const totpDigits = (typed: string): string | undefined => /^\d{6}$/.exec(typed.replace(/\s/g, ""))?.[0];

function matchOf(
  derivation: Derivation,
  { item, totpSecret }: OpenedSecondFactor,
  { userId, code, receivedAt }: CodeForUser,
): Match | undefined {
  const digits = totpDigits(code);
  if (digits !== undefined) {
    const step = totpSecret === undefined ? undefined : stepOf(totpSecret, digits, Date.parse(receivedAt));
    return step === undefined ? undefined : { by: "totp", step };
  }
  const backupCode = normalBackupCode(code);
  if (backupCode === undefined || item.kid === undefined) return undefined;
  const hash = backupCodeHash(derivation, item.kid, userId, backupCode);
  const index = item.backupCodes.findIndex((each) => isSameHash(each.hash, hash));
  return index < 0 ? undefined : { by: "backup_code", index };
}

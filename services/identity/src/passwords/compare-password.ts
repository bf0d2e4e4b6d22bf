import { events, type Occurrence, occurred } from "@lanyard/contracts";
import { problem, type StepResult } from "@lanyard/messaging";
import type { PasswordHashing } from "@lanyard/passwords";
import type { Derivation } from "@lanyard/secrets";
import type { CountedTry } from "./decide-try.ts";
import type { FailedTries, Tried } from "./failed-tries.ts";
import type { Password, PasswordStore } from "./password-store.ts";

export interface ComparePasswordDeps {
  readonly failedTries: FailedTries;
  readonly passwords: Pick<PasswordStore, "renewHash">;
  readonly hashing: PasswordHashing;
  /** Its current key is what a hash made now is keyed with. */
  readonly derivation: Pick<Derivation, "currentKid">;
}

/** A password that was given for an account, or for an address that has none. */
export interface GivenPassword {
  readonly given: string;
  readonly tried: Tried;
  /** Absent: no account, or one without a password. */
  readonly password: Password | undefined;
  /** Whether it opens the account now. */
  readonly opens: boolean;
  readonly userId: string | undefined;
  readonly operationId: string;
  readonly writtenBy: string;
  /** ISO 8601, on the time that all processes share. */
  readonly receivedAt: string;
}

export type Comparison =
  | { readonly kind: "right"; readonly passwordVersion: string; readonly failuresBefore: number }
  | { readonly kind: "refused"; readonly result: StepResult<never> };

/** From so many in a row on somebody is guessing. */
const MANY_FAILURES = 10;

/**
 * Compares a password once its try has been counted, at the same cost whether or not there is one to compare it with. What
 * was right stays right however often its message comes; what was not is compared with the same password again, so that one
 * that was set in between says nothing of it.
 */
export async function comparePassword(deps: ComparePasswordDeps, attempt: GivenPassword): Promise<Comparison> {
  const { given, tried, password, userId, operationId, writtenBy, receivedAt } = attempt;
  const counting = { operationId, receivedAt, passwordVersion: password?.setBy, userId };
  const decision = await deps.failedTries.count(tried, counting, { writtenBy });
  if (decision.kind === "refused") {
    const { retryAfterSeconds } = decision;
    const when = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    return { kind: "refused", result: problem("password_attempts_exceeded", when) };
  }
  const { count, passwordVersion, wasRight } = decision.counted;
  const right = (version: string): Comparison => ({
    kind: "right",
    passwordVersion: version,
    failuresBefore: count - 1,
  });
  if (wasRight === true && passwordVersion !== undefined) return right(passwordVersion);
  const open = attempt.opens && password?.setBy === passwordVersion ? password : undefined;
  const isRight = await deps.hashing.verifies(given, open?.hash);
  if (open === undefined || !isRight) {
    return { kind: "refused", result: problem("credentials_invalid", {}, [failed(receivedAt, decision.counted)]) };
  }
  if (!deps.hashing.isCurrent(open.hash)) {
    const hash = await deps.hashing.hash(given, { operationId, kid: deps.derivation.currentKid });
    await deps.passwords.renewHash(open, hash, { writtenBy: `${writtenBy}/renew` });
  }
  await deps.failedTries.wasRight(operationId, { writtenBy });
  return right(open.setBy);
}

/** Told as it was counted, whosever the address is by now. */
const failed = (receivedAt: string, { userId, count: failures }: CountedTry): Occurrence =>
  occurred(events.userPasswordFailed, receivedAt, {
    ...(userId !== undefined && { userId }),
    failures,
    ...(failures >= MANY_FAILURES && { risk: { reasons: ["many_failures" as const] } }),
  });

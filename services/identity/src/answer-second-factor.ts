import { commands, SECOND_FACTOR_ATTEMPTS } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { isSecondFactorChallengeId } from "@lanyard/session-manager";
import { isOvertaken } from "./accounts/is-overtaken.ts";
import { attemptsLeftAfter, decideTry, decideUse } from "./second-factor/decide-challenge.ts";
import { type GivenCode, type Refusal, refusalOf } from "./second-factor/decide-tries.ts";
import { type CodeResult, type GiveCodeDeps, giveCode, spentCodeOf, tryLimits } from "./second-factor/give-code.ts";
import { refused } from "./second-factor/refused.ts";
import type { SecondFactorChallenge, SecondFactorChallenges } from "./second-factor/second-factor-challenges.ts";
import type { UserStore } from "./user-store.ts";

export interface AnswerSecondFactorDeps extends GiveCodeDeps {
  readonly secondFactorChallenges: SecondFactorChallenges;
  readonly users: Pick<UserStore, "load">;
}

const limits = { attempts: SECOND_FACTOR_ATTEMPTS };

/**
 * Spends a sign-in that waits. The try is counted for the sign-in, then the code is compared and spent in one write, then the
 * sign-in is used: by exactly one operation.
 */
export const answerSecondFactor = (deps: AnswerSecondFactorDeps): Handler =>
  handle(commands.identity.answerSecondFactor, async ({ input, operationId, receivedAt, writtenBy }) => {
    const { secondFactorChallenges } = deps;
    const { challengeId, code } = input;
    if (!isSecondFactorChallengeId(deps.derivation, challengeId)) return problem("totp_invalid", { attemptsLeft: 0 });
    const given = { operationId, receivedAt };
    const tooEarly = await refusalBefore(deps, challengeId, given);
    if (tooEarly !== undefined) return refused(tooEarly);

    const { decision, challenge } = await secondFactorChallenges.change(challengeId, `${writtenBy}/try`, (standing) =>
      decideTry(standing, given, limits),
    );
    if (challenge === undefined) return problem("second_factor_expired");
    const { userId, used } = challenge;
    switch (decision.kind) {
      case "used":
        return problem("token_already_used");
      case "expired":
        return problem("second_factor_expired");
      case "exhausted":
        return problem("totp_attempts_exceeded");
      case "used-by-this":
      case "count":
      case "counted":
        break;
    }
    if (used === undefined && (await isOfAnother(deps, challenge, receivedAt))) return problem("second_factor_expired");

    const result: CodeResult =
      used?.operationId === operationId
        ? { kind: "right", by: used.by, events: spentCodeOf(await deps.secondFactors.load(userId), given) }
        : await giveCode(deps, { ...given, userId, code, writtenBy: `${writtenBy}/code` });
    switch (result.kind) {
      case "off":
        // It was turned off meanwhile: whoever begins anew is asked for none.
        return problem("second_factor_expired");
      case "refused":
        return refused(result);
      case "wrong": {
        const attemptsLeft = attemptsLeftAfter(challenge, operationId, limits);
        return problem("totp_invalid", { attemptsLeft }, result.events);
      }
      case "right":
        break;
    }

    const spent = await secondFactorChallenges.change(challengeId, `${writtenBy}/use`, (standing) =>
      decideUse(standing, given, result.by),
    );
    switch (spent.decision.kind) {
      case "used":
        return problem("token_already_used", {}, result.events);
      case "expired":
        return problem("second_factor_expired", {}, result.events);
      case "use":
      case "used-by-this":
        return proven(deps, challenge, result);
    }
  });

/** Asked before a try is counted for the sign-in: what is not compared takes none of its five tries. */
async function refusalBefore(
  { secondFactorChallenges, secondFactors }: AnswerSecondFactorDeps,
  challengeId: string,
  given: GivenCode,
): Promise<Refusal | undefined> {
  const challenge = await secondFactorChallenges.load(challengeId);
  if (challenge === undefined || challenge.used !== undefined) return undefined;
  if (challenge.attempts.includes(given.operationId)) return undefined;
  const factor = await secondFactors.load(challenge.userId);
  return factor && refusalOf(factor.failures, given, tryLimits);
}

/** Whether it was begun before a change of address was undone: maybe by the mail of whoever had made that change. */
async function isOfAnother(
  { users }: AnswerSecondFactorDeps,
  { userId, createdAt }: SecondFactorChallenge,
  now: string,
): Promise<boolean> {
  return isOvertaken(await users.load(userId), { receivedAt: createdAt, now });
}

/** What a sign-in goes on with: what its first factor had proven, and the account as it stands. */
async function proven(
  { users }: AnswerSecondFactorDeps,
  { userId, method, passwordVersion, visitorId, failuresBefore }: SecondFactorChallenge,
  { by, events }: Extract<CodeResult, { readonly kind: "right" }>,
) {
  const user = await users.load(userId);
  return done(
    {
      userId,
      userKind: "account" as const,
      roles: user?.roles ?? [],
      ...(user?.email !== undefined && { email: user.email }),
      method,
      secondFactor: by,
      ...(passwordVersion !== undefined && { passwordVersion }),
      ...(visitorId !== undefined && { visitorId }),
      ...(failuresBefore !== undefined && { failuresBefore }),
    },
    events,
  );
}

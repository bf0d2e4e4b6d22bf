import { commands, events, occurred, SECOND_FACTOR_SECONDS } from "@lanyard/contracts";
import { done, ended, type Handler, handle } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { secondFactorChallengeIdOf } from "@lanyard/session-manager";
import type { SecondFactorChallenges } from "./second-factor/second-factor-challenges.ts";
import type { SecondFactorStore } from "./second-factor/second-factor-store.ts";

/**
 * Lets a sign-in pass whose account has no second factor. For one that has, the sign-in ends here, and what it has proven so far
 * waits at an id that follows from the operation: one that waited waits on, whatever has become of the factor since.
 */
export const beginSecondFactor = ({
  secondFactors,
  secondFactorChallenges,
  derivation,
}: {
  readonly secondFactors: Pick<SecondFactorStore, "load">;
  readonly secondFactorChallenges: Pick<SecondFactorChallenges, "load" | "create">;
  readonly derivation: Derivation;
}): Handler =>
  handle(commands.identity.beginSecondFactor, async ({ input, operationId, derivationKid, receivedAt, writtenBy }) => {
    const { userId, method, passwordVersion, visitorId, failuresBefore } = input;
    const challengeId = secondFactorChallengeIdOf(derivation, derivationKid, operationId);
    const [own, factor] = await Promise.all([secondFactorChallenges.load(challengeId), secondFactors.load(userId)]);
    if (own === undefined && factor?.totp === undefined) return done({});
    const { createdAt, expiresAt } =
      own ??
      (await secondFactorChallenges.create(
        {
          challengeId,
          userId,
          method,
          ...(passwordVersion !== undefined && { passwordVersion }),
          ...(visitorId !== undefined && { visitorId }),
          ...(failuresBefore !== undefined && { failuresBefore }),
          createdAt: receivedAt,
          expiresAt: new Date(Date.parse(receivedAt) + SECOND_FACTOR_SECONDS * 1000).toISOString(),
          attempts: [],
        },
        { writtenBy },
      ));
    const hasCodes = factor?.backupCodes.some(({ spentBy }) => spentBy === undefined) === true;
    const methods = hasCodes ? ["totp", "backup_code"] : ["totp"];
    return ended({ secondFactor: { challengeId, methods, expiresAt } }, [
      occurred(events.secondFactorAsked, createdAt, { userId, method }),
    ]);
  });

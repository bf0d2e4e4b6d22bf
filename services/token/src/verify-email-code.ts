import { CHALLENGE_ATTEMPTS, commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";
import { isChallengeId } from "@lanyard/session-manager";
import type { AddressAttempts } from "./challenges/address-attempts.ts";
import { refuseUnlessNotYetThere } from "./challenges/challenge-not-yet-there.ts";
import type { ChallengeStore } from "./challenges/challenge-store.ts";
import { provenBy } from "./challenges/chosen-password.ts";
import { attemptsLeftAfter, decideCode, decideGuess } from "./challenges/decide-challenge.ts";
import type { EmailCodes } from "./challenges/email-codes.ts";
import type { Registrations } from "./challenges/registrations.ts";

export interface VerifyEmailCodeDeps {
  readonly challenges: ChallengeStore;
  readonly addressAttempts: AddressAttempts;
  readonly registrations: Registrations;
  readonly emailCodes: EmailCodes;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

const limits = { attempts: CHALLENGE_ATTEMPTS };

/**
 * Spends a challenge by its code. The guess is counted for the challenge, then for the address, and only then compared: so
 * fifty at once have five comparisons. A right one is taken back from the address's count.
 */
export const verifyEmailCode = (deps: VerifyEmailCodeDeps): Handler =>
  handle(commands.token.verifyEmailCode, async ({ input, operationId, receivedAt, client, writtenBy }) => {
    const { challenges, addressAttempts } = deps;
    const { challengeId, code } = input;
    if (!isChallengeId(deps.derivation, challengeId)) return problem("otp_invalid", { attemptsLeft: 0 });
    const answering = { operationId, receivedAt: Date.parse(receivedAt), ip: client.ip };

    const guess = await challenges.change(challengeId, `${writtenBy}/guess`, (challenge) =>
      decideGuess(challenge, answering, limits),
    );
    if (guess === undefined) {
      refuseUnlessNotYetThere(challengeId, deps.brokerNow());
      return problem("otp_expired");
    }
    const { email, challengeKind, kid, codeVerifier: verifier } = guess.challenge;
    // A challenge without a code is no more to whoever names it here than one that never was.
    if (verifier === undefined) return problem("otp_invalid", { attemptsLeft: 0 });
    const attempt = { email, operationId, receivedAt: answering.receivedAt };
    switch (guess.decision.kind) {
      case "used":
        return problem("token_already_used");
      case "expired":
        return problem("otp_expired");
      case "exhausted":
        return problem("otp_attempts_exceeded", { scope: "challenge" });
      case "count":
      case "counted": {
        if ((await addressAttempts.count(attempt, { writtenBy })) === "too-many") {
          return problem("otp_attempts_exceeded", { scope: "address" });
        }
        if (!(await deps.emailCodes.check({ challengeId, email, kid, verifier }, code))) {
          const attemptsLeft = attemptsLeftAfter(guess.challenge, operationId, limits);
          return problem("otp_invalid", { attemptsLeft }, [
            occurred(events.challengeGuessFailed, receivedAt, { challengeId, attemptsLeft }),
          ]);
        }
        break;
      }
      case "spent-by-this":
        break;
    }

    const isCrossed = await deps.registrations.areCrossedBy(guess.challenge);
    const spent = await challenges.change(challengeId, `${writtenBy}/spend`, (challenge) =>
      decideCode(challenge, { ...answering, isCrossed }),
    );
    switch (spent?.decision.kind) {
      case undefined:
      case "expired":
        return problem("otp_expired");
      case "used":
        return problem("token_already_used");
      case "spend":
      case "spent-by-this":
        await addressAttempts.giveBack(attempt, { writtenBy });
        return done(await provenBy(deps.sealing, spent.challenge), [
          occurred(events.challengeConsumed, receivedAt, { challengeId, challengeKind, by: "code" }),
        ]);
    }
  });

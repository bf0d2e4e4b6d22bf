import type { Derivation } from "@lanyard/secrets";
import { isSecondFactorChallengeId } from "@lanyard/session-manager";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";

/** `POST /auth/2fa/verify`: what this deployment did not make never reaches a queue. */
export const answersSecondFactor = ({ derivation }: { readonly derivation: Derivation }): FlowRoute => ({
  toInput(body) {
    if (!isSecondFactorChallengeId(derivation, String(body["challengeId"]))) {
      throw new ProblemError("totp_invalid", { attemptsLeft: 0 });
    }
    return body;
  },
});

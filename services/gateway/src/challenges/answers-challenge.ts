import type { Derivation } from "@lanyard/secrets";
import { isChallengeId, readChallengeToken } from "@lanyard/session-manager";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";

/** `POST /auth/magic-link/verify`: what this deployment did not make never reaches a queue. */
export const answersByLink = ({ derivation }: { readonly derivation: Derivation }): FlowRoute => ({
  toInput(body) {
    if (readChallengeToken(derivation, String(body["token"])) === undefined) {
      throw new ProblemError("magic_link_invalid");
    }
    return body;
  },
});

/** `POST /auth/otp/verify`: the same. */
export const answersByCode = ({ derivation }: { readonly derivation: Derivation }): FlowRoute => ({
  toInput(body) {
    if (!isChallengeId(derivation, String(body["challengeId"]))) {
      throw new ProblemError("otp_invalid", { attemptsLeft: 0 });
    }
    return body;
  },
});

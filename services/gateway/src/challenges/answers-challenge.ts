import type { Derivation } from "@lanyard/secrets";
import { isChallengeId, type LinkUse, readChallengeToken } from "@lanyard/session-manager";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";

/** What a mailed link is shown to: what this deployment did not make, or made for another use, never reaches a queue. */
export const answersByLink = (use: LinkUse, { derivation }: { readonly derivation: Derivation }): FlowRoute => ({
  toInput(body) {
    if (readChallengeToken(derivation, String(body["token"]))?.use !== use) {
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

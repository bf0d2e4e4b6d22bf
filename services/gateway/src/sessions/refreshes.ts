import type { Derivation } from "@lanyard/secrets";
import { readRefreshToken } from "@lanyard/session-manager";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";

/** `POST /auth/session/refresh`: what this deployment did not make never reaches a queue. */
export const refreshes = (deps: { readonly derivation: Derivation }): FlowRoute => ({
  toInput({ refreshToken }) {
    const grant = readRefreshToken(deps.derivation, String(refreshToken));
    if (grant === undefined) throw new ProblemError("refresh_token_invalid");
    return { userId: grant.userId, sessionId: grant.sessionId, presentedGeneration: grant.generation };
  },
});

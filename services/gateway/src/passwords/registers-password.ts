import { type RequestsChallengeDeps, requestsChallenge } from "../challenges/requests-challenge.ts";
import { emailIn } from "../http/validated.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import { refuseWeak } from "./refuse-weak.ts";

/**
 * `POST /auth/password/register`: asks for the proof of an address as a magic link does, and answers as it does, at once and
 * alike for every address. Nothing is looked up, so that nothing can be told.
 */
export function registersPassword(deps: RequestsChallengeDeps): FlowRoute {
  const { toInput, answersAtOnce } = requestsChallenge("registration", deps);
  if (toInput === undefined || answersAtOnce === undefined) throw new TypeError("a challenge is not asked for");
  return {
    answersAtOnce,
    toInput(body, request, response) {
      const { password, ...rest } = body;
      refuseWeak(password, { email: emailIn(body), hasSecondFactor: false });
      const { email = null, locale = null } = toInput(rest, request, response);
      return { email, locale, password: password ?? null };
    },
  };
}

import type { Derivation } from "@lanyard/secrets";
import { provesLink, readChallengeToken } from "@lanyard/session-manager";
import { decideSession } from "../auth/decide-session.ts";
import { answersByLink } from "../challenges/answers-challenge.ts";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { Projections } from "../reads/projections.ts";
import type { SessionChecks } from "../revocations/session-checks.ts";

export interface ConfirmsEmailChangeDeps {
  readonly derivation: Derivation;
  readonly projections: Pick<Projections, "challenge" | "session" | "user">;
  readonly sessionChecks: Pick<SessionChecks, "isVoid">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * `POST /auth/email-changes/verify`: a link does what its session wanted as long as that lives, and as long as the account
 * carries the address that it carried then. So a new password, a report and a pull of the andon cord, which end the
 * sessions of a stranger, end what a stranger has asked for.
 */
export const confirmsEmailChange = (deps: ConfirmsEmailChangeDeps): FlowRoute => ({
  ...answersByLink("email_change", deps),
  async lookUp({ token }) {
    const { derivation, projections, sessionChecks, now } = deps;
    const shown = readChallengeToken(derivation, String(token));
    const challenge = shown && (await projections.challenge(shown.challengeId));
    // What is not there yet, and who does not hold the link, is for the token worker to tell.
    if (shown === undefined || challenge?.userId === undefined || !provesLink(derivation, challenge, shown)) return {};
    const { userId, sessionId = "", email, createdAt } = challenge;
    const [session, user] = await Promise.all([projections.session(userId, sessionId), projections.user(userId)]);
    if (decideSession(session, now(), sessionChecks.isVoid).kind !== "live") {
      throw new ProblemError("magic_link_invalid");
    }
    if (user?.emailChanges?.some(({ receivedAt, to }) => receivedAt > createdAt && to !== email)) {
      throw new ProblemError("email_change_superseded");
    }
    return {};
  },
});

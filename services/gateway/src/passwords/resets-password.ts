import type { Derivation } from "@lanyard/secrets";
import { provesLink, readChallengeToken } from "@lanyard/session-manager";
import { answersByLink } from "../challenges/answers-challenge.ts";
import { refuseOver } from "../challenges/refuse-over.ts";
import { ProblemError } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { Projections } from "../reads/projections.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";
import { noteEnded } from "../sessions/ends-sessions.ts";
import { refuseWeak } from "./refuse-weak.ts";

export interface ResetsPasswordDeps {
  readonly derivation: Derivation;
  readonly projections: Pick<Projections, "challenge" | "claimOf" | "secondFactor" | "password">;
  readonly revocations: Pick<RevocationView, "note">;
}

/**
 * `PATCH /auth/password-resets`: a link that this deployment did not make never reaches a queue, and a password that is too
 * weak spends none. What the link's account has beside its password is looked at for whoever holds the link alone, and only
 * while it can still set one: how long a password has to be tells whether there is a second factor.
 */
export const resetsPassword = (deps: ResetsPasswordDeps): FlowRoute => ({
  ...answersByLink("password_reset", deps),
  async mayBegin({ token, password }, response) {
    refuseWeak(password, await chosenBy(String(token), contextOf(response).receivedAt, deps));
  },
  onSuccess: (_input, result) => noteEnded(deps.revocations, result, "password_reset"),
});

async function chosenBy(
  token: string,
  at: number,
  { derivation, projections }: ResetsPasswordDeps,
): Promise<{ readonly email?: string; readonly hasSecondFactor: boolean }> {
  const shown = readChallengeToken(derivation, token);
  const challenge = shown && (await projections.challenge(shown.challengeId));
  if (shown === undefined || challenge === undefined || !provesLink(derivation, challenge, shown)) {
    return { hasSecondFactor: false };
  }
  refuseOver(challenge, at);
  const { email, createdAt } = challenge;
  const claim = await projections.claimOf(email);
  if (claim === undefined) return { email, hasSecondFactor: false };
  const { userId } = claim;
  const [password, secondFactor] = await Promise.all([projections.password(userId), projections.secondFactor(userId)]);
  // As the identity worker judges it: a link takes nothing back that was set after it was asked for.
  if (password !== undefined && password.receivedAt > createdAt) throw new ProblemError("password_superseded");
  return { email, hasSecondFactor: secondFactor?.totp !== undefined };
}

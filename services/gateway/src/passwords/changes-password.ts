import { identityOf } from "../auth/authenticate.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { Projections } from "../reads/projections.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";
import { noteEnded } from "../sessions/ends-sessions.ts";
import { refuseWeak } from "./refuse-weak.ts";

export interface ChangesPasswordDeps {
  readonly projections: Pick<Projections, "user" | "secondFactor">;
  readonly revocations: Pick<RevocationView, "note">;
}

/** `PATCH /auth/me/password`: the caller's own, in place of the one that it knows, or of none; its session lives on. */
export const changesPassword = ({ projections, revocations }: ChangesPasswordDeps): FlowRoute => ({
  toInput({ currentPassword, newPassword }, _request, response) {
    const { userId, sessionId: exceptSessionId } = identityOf(response);
    const password = newPassword ?? null;
    return { userId, exceptSessionId, password, ...(currentPassword !== undefined && { currentPassword }) };
  },
  // Who knows the password has proven a first factor by it.
  stepUpWhen: ({ currentPassword }, hasSecondFactor) => hasSecondFactor || currentPassword === undefined,
  async lookUp({ newPassword }, response) {
    const { userId } = identityOf(response);
    const [user, secondFactor] = await Promise.all([projections.user(userId), projections.secondFactor(userId)]);
    refuseWeak(newPassword, { email: user?.email, hasSecondFactor: secondFactor?.totp !== undefined });
    return {};
  },
  onSuccess: (_input, result) => noteEnded(revocations, result, "password_changed"),
});

import { commands, events, occurred, STEP_UPS_KEPT } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { SessionStore } from "./session-store.ts";
import { decideStepUp } from "./sessions/decide-step-up.ts";

export interface StepUpSessionDeps {
  readonly sessions: SessionStore;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}

/** Notes in a session that its second factor was proven just now: one compare-and-set, which brings no ended session back. */
export const stepUpSession = ({ sessions, brokerNow }: StepUpSessionDeps): Handler =>
  handle(commands.session.stepUp, async ({ input, operationId, writtenBy, deriveUuid }) => {
    const { secondFactor } = input;
    const { decision, session } = await sessions.change(input, writtenBy, (current) =>
      decideStepUp(current, { operationId, secondFactor }, { now: brokerNow(), kept: STEP_UPS_KEPT }),
    );
    if (decision.kind === "over" || session === undefined) return problem("session_revoked");
    const { userId, sessionId, userKind, openedAt, expiresAt, generation, pull, amr, method, secondFactorAt } = session;
    // As it stands: a copy of this message may have been faster.
    const at = session.stepUps?.find((stepUp) => stepUp.operationId === operationId)?.at;
    if (at === undefined) throw new Error("a step-up left no trace");
    const jti = deriveUuid("access-token");
    const standing = { userKind, openedAt, expiresAt, generation, pull, amr, jti, method };
    return done({ ...standing, ...(secondFactorAt !== undefined && { secondFactorAt }) }, [
      occurred(events.sessionSteppedUp, at, { userId, sessionId, secondFactor }),
    ]);
  });

import type { SecondFactorMethod } from "@lanyard/contracts";
import type { Session } from "../session-store.ts";
import { withSecondFactor } from "./amr-of.ts";

/** An operation that has proven a second factor, and what with. */
export interface StepUp {
  readonly operationId: string;
  readonly secondFactor: SecondFactorMethod;
}

export type StepUpDecision =
  /** The session says so from now on. */
  | { readonly kind: "step-up"; readonly next: Session }
  /** It does since this operation came before. */
  | { readonly kind: "stepped-up" }
  /** It has ended, or never was: nothing brings it back. */
  | { readonly kind: "over" };

/** What a proof of the second factor means for a session as it stands. `now` is on the broker's time, in milliseconds; `kept` step-ups are remembered. */
export function decideStepUp(
  session: Session | undefined,
  { operationId, secondFactor }: StepUp,
  { now, kept }: { readonly now: number; readonly kept: number },
): StepUpDecision {
  if (session === undefined) return { kind: "over" };
  const { stepUps = [], secondFactorAt } = session;
  if (stepUps.some((stepUp) => stepUp.operationId === operationId)) return { kind: "stepped-up" };
  if (session.revoked !== undefined || Date.parse(session.expiresAt) <= now) return { kind: "over" };
  // Never before what stands, whatever this machine's clock says.
  const at = new Date(Math.max(now, secondFactorAt === undefined ? 0 : Date.parse(secondFactorAt))).toISOString();
  return {
    kind: "step-up",
    next: {
      ...session,
      amr: withSecondFactor(session.amr, secondFactor),
      secondFactorAt: at,
      stepUps: [...stepUps, { operationId, at }].slice(-kept),
    },
  };
}

import { commands, events, type Occurrence, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { RevocationLog } from "./revocation-log.ts";
import type { Session, SessionStore } from "./session-store.ts";
import { decideRotation } from "./sessions/decide-rotation.ts";
import type { SessionLifetimes } from "./sessions/lifetimes.ts";

export interface RotateSessionDeps {
  readonly sessions: SessionStore;
  readonly revocations: RevocationLog;
  readonly lifetimes: SessionLifetimes;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
  /** Default: `decideRotation`. */
  readonly decide?: typeof decideRotation;
}

/** Moves a session to its next generation: one compare-and-set, so that no race brings a revoked session back. */
export const rotateSession = ({
  sessions,
  revocations,
  lifetimes,
  brokerNow,
  decide = decideRotation,
}: RotateSessionDeps): Handler =>
  handle(commands.session.rotate, async ({ input, operationId, writtenBy, receivedAt, deriveUuid }) => {
    const jti = deriveUuid("access-token");
    const presented = { operationId, jti, generation: input.presentedGeneration, receivedAt: Date.parse(receivedAt) };
    const { decision, session } = await sessions.change(input, writtenBy, (current) =>
      decide(current, presented, { now: brokerNow(), lifetimes }),
    );
    switch (decision.kind) {
      case "refuse":
        return problem("refresh_token_invalid");
      case "rotate":
      case "tell-current": {
        if (session === undefined) return problem("refresh_token_invalid");
        const { userKind, openedAt, expiresAt, generation, pull, amr, method, secondFactorAt } = session;
        const proven = secondFactorAt === undefined ? {} : { secondFactorAt };
        return done({ userKind, openedAt, expiresAt, generation, pull, amr, jti, method, ...proven });
      }
      case "theft":
      case "theft-known": {
        const { revoked } = session ?? {};
        if (session === undefined || revoked === undefined) throw new Error("a theft left no trace");
        // Every gateway must be able to know before anyone is told.
        await revocations.append(
          { sessionId: session.sessionId, reason: revoked.reason, at: revoked.at },
          { writtenBy },
        );
        return problem("refresh_token_reused", {}, theftEvents(session, revoked.at, input.presentedGeneration));
      }
    }
  });

const theftEvents = (session: Session, at: string, presentedGeneration: number): readonly Occurrence[] => {
  const { userId, sessionId, generation: currentGeneration } = session;
  return [
    occurred(events.sessionRefreshReuseDetected, at, {
      ...{ userId, sessionId, presentedGeneration, currentGeneration },
      risk: { reasons: ["token_theft"] },
    }),
    occurred(events.sessionRevoked, at, { userId, sessionId, reason: "refresh_reuse" }),
  ];
};

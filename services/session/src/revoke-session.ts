import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { RevocationLog } from "./revocation-log.ts";
import type { SessionStore } from "./session-store.ts";
import { decideRevocation } from "./sessions/decide-revocation.ts";

export interface RevokeSessionDeps {
  readonly sessions: SessionStore;
  readonly revocations: RevocationLog;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}

/**
 * Ends a session. Done only when both its item and the log say so, also when another operation ended it and may have died
 * between the two: whoever is told can rely on every gateway.
 */
export const revokeSession = ({ sessions, revocations, brokerNow }: RevokeSessionDeps): Handler =>
  handle(commands.session.revoke, async ({ input, operationId, writtenBy }) => {
    const { sessionId, userId } = input;
    const { decision, session } = await sessions.change(input, writtenBy, (current) =>
      decideRevocation(current, { operationId, reason: input.reason, now: brokerNow() }),
    );
    const revoked = session?.revoked;
    // A session that left no tombstone has been over for days: there is nothing left to end.
    if (revoked === undefined) return done({ revokedAt: new Date(brokerNow()).toISOString() });
    const { at, reason } = revoked;
    await revocations.append({ sessionId, reason, at }, { writtenBy });
    const byThis = decision.kind === "revoke" || (decision.kind === "ended" && decision.byThis);
    return done({ revokedAt: at }, byThis ? [occurred(events.sessionRevoked, at, { userId, sessionId, reason })] : []);
  });

import { events, type Occurrence, occurred, type RevocationReason } from "@lanyard/contracts";
import type { RevocationLog } from "./revocation-log.ts";
import type { Session, SessionStore } from "./session-store.ts";
import { decideRevocation } from "./sessions/decide-revocation.ts";

export interface EndSessionDeps {
  readonly sessions: Pick<SessionStore, "change">;
  readonly revocations: RevocationLog;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}

export type SessionEnd =
  /** Item and log stand; the event is told only by the operation that ended it. */
  | { readonly kind: "ended"; readonly at: string; readonly events: readonly Occurrence[] }
  | { readonly kind: "no-session" };

/**
 * Ends a session, in its item and then in the log, also when another operation ended it and may have died between the
 * two: whoever is told can rely on every gateway.
 */
export async function endSession(
  { sessions, revocations, brokerNow }: EndSessionDeps,
  ending: {
    readonly userId: string;
    readonly sessionId: string;
    readonly reason: RevocationReason;
    readonly operationId: string;
    /** Of this one session: what an operation writes for another has another. */
    readonly writtenBy: string;
    /** Whether one that is over is none. Default false. */
    readonly onlyLive?: boolean;
    /** What to put in its place, ended, when no item of it stands. Default: then there is none to end. */
    readonly unopened?: Session;
  },
): Promise<SessionEnd> {
  const { userId, sessionId, writtenBy, unopened } = ending;
  const { decision, session } = await sessions.change(ending, writtenBy, (current) =>
    decideRevocation(current ?? unopened, { ...ending, now: brokerNow() }),
  );
  const revoked = session?.revoked;
  if (decision.kind === "no-session" || revoked === undefined) return { kind: "no-session" };
  const { at, reason } = revoked;
  await revocations.append({ sessionId, reason, at }, { writtenBy });
  const byThis = decision.kind === "revoke" || decision.byThis;
  return {
    kind: "ended",
    at,
    events: byThis ? [occurred(events.sessionRevoked, at, { userId, sessionId, reason })] : [],
  };
}

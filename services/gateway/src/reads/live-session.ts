import { decideSession, type IsVoid } from "../auth/decide-session.ts";
import { ProblemError } from "../http/problem.ts";
import type { Session } from "./projections.ts";

/** The session, if it still stands at `now`, milliseconds since the epoch. @throws ProblemError that says why not */
export function liveSession(session: Session | undefined, now: number, isVoid: IsVoid): Session {
  const decision = decideSession(session, now, isVoid);
  switch (decision.kind) {
    case "live":
      return decision.session;
    case "refused":
      throw new ProblemError(decision.code, decision.reason === undefined ? {} : { reason: decision.reason });
  }
}

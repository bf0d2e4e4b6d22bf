import { type Pull, PullLog, stampedSession } from "@lanyard/session-manager";
import { type ItemStore, joinedReads } from "@lanyard/storage";
import type { Session } from "./session-store.ts";

/** The pulls of the andon cord, as of a read that began after it was asked for. */
export interface SessionPulls {
  /** @throws DependencyUnavailable */
  inForce(): Promise<PullsInForce>;
}

export interface PullsInForce {
  /** What a session that is opened now is stamped with: everything up to here has been read. */
  readonly newest: number;
  /** A pull that voids the session; `undefined`: none does. */
  voidedBy(session: Session): Pull | undefined;
}

export function sessionPulls(sessionTable: ItemStore): SessionPulls {
  const log = new PullLog(sessionTable);
  const read = joinedReads(async () => {
    await log.catchUp();
  });
  return {
    async inForce() {
      await read("pulls");
      // What is read later voids only more: it may be asked too.
      return { newest: log.readUpTo, voidedBy: (session) => voidedBy(log, session) };
    },
  };
}

function voidedBy(log: PullLog, session: Session): Pull | undefined {
  const check = log.index.check(stampedSession(session));
  return check.kind === "void" ? log.pull(check.number) : undefined;
}

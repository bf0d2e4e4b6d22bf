import type { Session } from "../session-store.ts";
import type { SessionLifetimes } from "../sessions/lifetimes.ts";
import { newSession } from "../sessions/new-session.ts";
import type { RosterEntry } from "./roster-store.ts";

/**
 * What stands for a session that has to end before its item was written, as far as the roster knows it: its own opening
 * finds it. It lasts as the session would have, so longer than any message of that opening is carried out.
 */
export const unopenedSession = ({
  userId,
  entry: { sessionId, method, admittedAt, replaces },
  pull,
  lifetimes,
}: {
  readonly userId: string;
  readonly entry: RosterEntry;
  readonly pull: number;
  readonly lifetimes: SessionLifetimes;
}): Session =>
  newSession({
    ...{ sessionId, userId, userKind: "account", method, pull, now: Date.parse(admittedAt), lifetimes },
    ...(replaces !== undefined && { replaces }),
  });

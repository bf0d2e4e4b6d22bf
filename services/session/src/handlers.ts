import type { Handler } from "@lanyard/messaging";
import { openSession } from "./open-session.ts";
import type { SessionStore } from "./session-store.ts";
import type { SessionLifetimes } from "./sessions/lifetimes.ts";

/** Everything the session worker does. */
export const handlers = (deps: {
  readonly sessions: SessionStore;
  readonly lifetimes: SessionLifetimes;
  readonly now: () => number;
}): readonly Handler[] => [openSession(deps)];

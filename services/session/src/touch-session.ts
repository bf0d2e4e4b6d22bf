import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { SessionStore } from "./session-store.ts";
import { decideTouch } from "./sessions/decide-touch.ts";
import type { SessionLifetimes } from "./sessions/lifetimes.ts";

export interface TouchSessionDeps {
  readonly sessions: SessionStore;
  readonly lifetimes: SessionLifetimes;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}

/**
 * Slides a session's expiry from the moment a gateway received its use. A repeat finds that use in the item and leaves it;
 * what has ended stays ended, since the same compare-and-set that slides asks whether it has.
 */
export const touchSession = ({ sessions, lifetimes, brokerNow }: TouchSessionDeps): Handler =>
  handle(commands.session.touch, async ({ input, receivedAt, writtenBy }) => {
    await sessions.change(input, writtenBy, (current) =>
      decideTouch(current, Date.parse(receivedAt), { now: brokerNow(), lifetimes }),
    );
    return done({});
  });

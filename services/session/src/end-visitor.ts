import { commands } from "@lanyard/contracts";
import { again, done, type Handler, handle } from "@lanyard/messaging";
import { type EndAllSessionsDeps, endAllSessions } from "./end-all-sessions.ts";

/** Ends the sessions of a visitor who is part of an account now: nobody opens another for it. */
export const endVisitor = (deps: EndAllSessionsDeps): Handler =>
  handle(commands.session.endVisitor, async (run) => {
    const { told, next } = await endAllSessions(deps, run, {
      userId: run.input.visitorId,
      reason: "merged",
      isLast: true,
    });
    return next === undefined ? done({}, told) : again(next, told);
  });

import { commands } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { type EndSessionDeps, endSession } from "./end-session.ts";

/** Ends a session that its user has picked: one of another user, or one that is over, is not there to be picked. */
export const revokeOwnSession = (deps: EndSessionDeps): Handler =>
  handle(commands.session.revokeOwn, async ({ input, operationId, writtenBy }) => {
    const end = await endSession(deps, { ...input, operationId, writtenBy, onlyLive: true });
    switch (end.kind) {
      case "ended":
        return done({ revokedAt: end.at }, end.events);
      case "no-session":
        return problem("session_not_found");
    }
  });

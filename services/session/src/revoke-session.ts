import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import { type EndSessionDeps, endSession } from "./end-session.ts";

/** Ends a session; one that has ended stays as it ended. Done only when every gateway can know. */
export const revokeSession = (deps: EndSessionDeps): Handler =>
  handle(commands.session.revoke, async ({ input, operationId, writtenBy }) => {
    const end = await endSession(deps, { ...input, operationId, writtenBy });
    switch (end.kind) {
      case "ended":
        return done({ revokedAt: end.at }, end.events);
      case "no-session":
        // A session that left no tombstone has been over for days: there is nothing left to end.
        return done({ revokedAt: new Date(deps.brokerNow()).toISOString() });
    }
  });

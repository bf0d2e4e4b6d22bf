import type { JsonObject } from "@lanyard/contracts";
import type { Log } from "@lanyard/messaging";
import { identityOf } from "../auth/authenticate.ts";
import type { Joins } from "../operations/joins.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";
import { type VisitorShownDeps, visitorShown } from "./visitor-shown.ts";

export interface MergesVisitorDeps {
  readonly visitors: VisitorShownDeps;
  readonly joins: Joins;
  readonly revocations: Pick<RevocationView, "note">;
  readonly log: Log;
}

/** `POST /auth/merge`: what the visitor who is shown owns becomes the caller's. */
export const mergesVisitor = ({ visitors, joins, revocations, log }: MergesVisitorDeps): FlowRoute => ({
  toInput: (_body, _request, response) => ({ userId: identityOf(response).userId }),
  async lookUp({ anonymous }) {
    const { visitorId } = await visitorShown(anonymous, visitors);
    return { visitorId };
  },
  joins,
  lastEvent: "merged",
  /** This gateway knows at once that the visitor's sessions are over, the others by event or log. */
  async onSuccess({ visitorId }: JsonObject) {
    try {
      for (const { sessionId, revoked } of await visitors.projections.sessionsOf(String(visitorId))) {
        if (revoked !== undefined) revocations.note(sessionId, revoked.reason);
      }
    } catch (error) {
      log.warn({ err: error }, "the sessions of a merged visitor could not be read; events and log tell of them");
    }
  },
});

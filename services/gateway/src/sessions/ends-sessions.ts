import { type JsonObject, type RevocationReason, type Route, sessionId } from "@lanyard/contracts";
import type { Request, Response } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";
import { validQuery } from "../http/validate-query.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";

type Revocations = Pick<RevocationView, "note">;

/** `DELETE /auth/sessions/{sessionId}`: under the caller's id, so another user's session is not there. */
export const endsOwnSession = (revocations: Revocations): FlowRoute => ({
  toInput(_body, request, response) {
    const asked = sessionId.safeParse(request.params["sessionId"]);
    if (!asked.success) throw new ProblemError("session_not_found");
    return { userId: identityOf(response).userId, sessionId: asked.data };
  },
  onSuccess: (input) => revocations.note(String(input["sessionId"]), "revoked_by_user"),
});

/** `DELETE /auth/sessions`: all, or with `except=current` all others. Nothing else may be asked: a slip would end too many. */
export const endsOwnSessions = (route: Route, revocations: Revocations): FlowRoute => ({
  toInput(_body: JsonObject, request: Request, response: Response) {
    const { userId, sessionId } = identityOf(response);
    const { except } = route.query === undefined ? {} : validQuery(route.query, request);
    return except === undefined ? { userId } : { userId, exceptSessionId: sessionId };
  },
  onSuccess: (_input, result) => noteEnded(revocations, result, "revoked_by_user"),
});

/** This gateway refuses the sessions that a flow has ended from here on, without waiting to be told. */
export function noteEnded(revocations: Revocations, { endedSessionIds }: JsonObject, reason: RevocationReason): void {
  if (!Array.isArray(endedSessionIds)) return;
  for (const id of endedSessionIds) revocations.note(String(id), reason);
}

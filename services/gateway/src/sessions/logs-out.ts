import { identityOf } from "../auth/authenticate.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";

/** `POST /auth/logout`: this gateway knows as soon as the reply is here, the others by event or log. */
export const logsOut = (revocations: Pick<RevocationView, "note">): FlowRoute => ({
  toInput(_body, _request, response) {
    const { userId, sessionId } = identityOf(response);
    return { userId, sessionId };
  },
  onSuccess: (input) => revocations.note(String(input["sessionId"]), "logout"),
});

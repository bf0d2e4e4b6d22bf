import { identityOf } from "../auth/authenticate.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";

/** What a signed-in account does to its second factor: the body, and who is calling. */
export const ofOwnAccount = (): FlowRoute => ({
  toInput: (body, _request, response) => ({ ...body, userId: identityOf(response).userId }),
});

/** The same where it is done to this very session. */
export const ofOwnSession = (): FlowRoute => ({
  toInput(body, _request, response) {
    const { userId, sessionId } = identityOf(response);
    return { ...body, userId, sessionId };
  },
});

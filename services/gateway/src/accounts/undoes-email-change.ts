import type { Derivation } from "@lanyard/secrets";
import { readEmailUndoToken } from "@lanyard/session-manager";
import { preferredLocale } from "../challenges/requests-challenge.ts";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";
import { noteEnded } from "../sessions/ends-sessions.ts";

/** `POST /auth/email-changes/undo`: what this deployment did not make never reaches a queue. */
export const undoesEmailChange = ({
  derivation,
  revocations,
}: {
  readonly derivation: Derivation;
  readonly revocations: Pick<RevocationView, "note">;
}): FlowRoute => ({
  toInput({ token }, request) {
    const asked = readEmailUndoToken(derivation, String(token));
    if (asked === undefined) throw new ProblemError("magic_link_invalid");
    return { ...asked, mailLocale: preferredLocale(request) };
  },
  toAnswer: ({ endedSessionIds: _, ...body }) => ({ body, headers: {} }),
  onSuccess: (_input, result) => noteEnded(revocations, result, "email_change_undone"),
});

import type { Derivation } from "@lanyard/secrets";
import { readReportToken } from "@lanyard/session-manager";
import { preferredLocale } from "../challenges/requests-challenge.ts";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";

/** `POST /auth/sessions/report`: what this deployment did not make never reaches a queue. */
export const reportsSession = ({
  derivation,
  revocations,
}: {
  readonly derivation: Derivation;
  readonly revocations: Pick<RevocationView, "note">;
}): FlowRoute => ({
  toInput({ token, others = false, newPassword = false }, request) {
    const asked = readReportToken(derivation, String(token));
    if (asked === undefined) throw new ProblemError("magic_link_invalid");
    return { ...asked, others, newPassword, mailLocale: preferredLocale(request) };
  },
  // This gateway knows as soon as the reply is here, the others by event or log.
  onSuccess: (input) => revocations.note(String(input["sessionId"]), "reported_by_user"),
});

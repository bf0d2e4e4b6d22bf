import { EMAIL_UNDO_SECONDS, isUndone, routes } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { readEmailUndoToken } from "@lanyard/session-manager";
import type { RequestHandler } from "express";
import { ProblemError } from "../http/problem.ts";
import type { Projections } from "../reads/projections.ts";

export interface ReadEmailChangeDeps {
  readonly derivation: Derivation;
  readonly projections: Pick<Projections, "emailChange" | "emailUndosOf">;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

/** `GET /auth/email-changes/undo`: which change a mail is about, for the page that asks first. Changes nothing. */
export const readEmailChange =
  ({ derivation, projections, brokerNow }: ReadEmailChangeDeps): RequestHandler =>
  async (request, response) => {
    const asked = readEmailUndoToken(derivation, request.get("x-link-token") ?? "");
    if (asked === undefined) throw new ProblemError("magic_link_invalid");
    const { userId, changeId } = asked;
    const [change, undos] = await Promise.all([
      projections.emailChange(userId, changeId),
      projections.emailUndosOf(userId),
    ]);
    if (change === undefined) throw new ProblemError("magic_link_expired");
    if (change.undoes !== undefined) throw new ProblemError("magic_link_invalid");
    if (isUndone(change, undos)) throw new ProblemError("token_already_used");
    const endsMs = Date.parse(change.at) + EMAIL_UNDO_SECONDS * 1000;
    if (brokerNow() >= endsMs) throw new ProblemError("magic_link_expired");
    const expiresAt = new Date(endsMs).toISOString();
    response.json(routes.readEmailChange.answers[0].body.parse({ changedAt: change.at, expiresAt }));
  };

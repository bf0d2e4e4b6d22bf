import { REPORT_SECONDS, routes } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { readReportToken } from "@lanyard/session-manager";
import type { RequestHandler } from "express";
import { ProblemError } from "../http/problem.ts";
import type { Projections } from "../reads/projections.ts";

export interface ReadReportDeps {
  readonly derivation: Derivation;
  readonly projections: Pick<Projections, "session" | "isReported">;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

/** `GET /auth/sessions/report`: which sign-in a mail asks about, for the page that asks first. Changes nothing. */
export const readReport =
  ({ derivation, projections, brokerNow }: ReadReportDeps): RequestHandler =>
  async (request, response) => {
    const asked = readReportToken(derivation, request.get("x-link-token") ?? "");
    if (asked === undefined) throw new ProblemError("magic_link_invalid");
    const { userId, sessionId } = asked;
    const [session, isReported] = await Promise.all([
      projections.session(userId, sessionId),
      projections.isReported(userId, sessionId),
    ]);
    if (isReported) throw new ProblemError("token_already_used");
    if (session === undefined || brokerNow() >= Date.parse(session.openedAt) + REPORT_SECONDS * 1000) {
      throw new ProblemError("magic_link_expired");
    }
    const { openedAt, method, risk, client: { ip: _ip, ...client } = { ip: "" } } = session;
    response.json(routes.readReport.answers[0].body.parse({ openedAt, method, ...client, risk }));
  };

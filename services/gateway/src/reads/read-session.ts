import { httpSchemas } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { decideSession } from "../auth/decide-session.ts";
import { ProblemError } from "../http/problem.ts";
import type { Projections } from "./projections.ts";

/** `GET /auth/session`: the caller and its session, as they stand in the tables at this moment. */
export const readSession =
  ({
    projections,
    now,
  }: {
    readonly projections: Pick<Projections, "session">;
    readonly now: () => number;
  }): RequestHandler =>
  async (_request, response) => {
    const identity = identityOf(response);
    const session =
      identity.by === "visitor" ? identity.session : await projections.session(identity.userId, identity.sessionId);
    const decision = decideSession(session, now());
    if (decision.kind === "refused") {
      throw new ProblemError(decision.code, decision.reason === undefined ? {} : { reason: decision.reason });
    }
    const { sessionId, userId, userKind, openedAt, expiresAt } = decision.session;
    const body = {
      user: { id: userId, kind: userKind },
      session: { id: sessionId, createdAt: openedAt, expiresAt },
    };
    response.json(httpSchemas.currentSession.parse(body));
  };

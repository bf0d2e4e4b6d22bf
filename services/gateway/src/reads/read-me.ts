import { httpSchemas } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";
import type { SessionChecks } from "../revocations/session-checks.ts";
import { liveSession } from "./live-session.ts";
import type { Projections } from "./projections.ts";

/** `GET /auth/me`: the caller as it stands in the tables at this moment, with the roles of its token. */
export const readMe =
  ({
    projections,
    sessionChecks,
    now,
  }: {
    readonly projections: Pick<Projections, "session" | "user">;
    readonly sessionChecks: Pick<SessionChecks, "isVoid">;
    readonly now: () => number;
  }): RequestHandler =>
  async (_request, response) => {
    const identity = identityOf(response);
    const [session, user] = await Promise.all([
      projections.session(identity.userId, identity.sessionId),
      projections.user(identity.userId),
    ]);
    liveSession(session, now(), sessionChecks.isVoid);
    if (user === undefined) throw new ProblemError("unauthenticated");
    const { userId: id, userKind: kind, email, createdAt } = user;
    const roles = identity.by === "token" ? [...identity.claims.roles] : [];
    const body = { user: { id, kind, ...(email === undefined ? {} : { email }), roles }, createdAt };
    response.json(httpSchemas.me.parse(body));
  };

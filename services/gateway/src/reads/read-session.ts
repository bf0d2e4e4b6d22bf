import { httpSchemas } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { type Identity, identityOf } from "../auth/authenticate.ts";
import type { SessionChecks } from "../revocations/session-checks.ts";
import { liveSession } from "./live-session.ts";
import type { Projections } from "./projections.ts";

type Reads = Pick<Projections, "session" | "user">;

/** `GET /auth/session`: the caller and its session, as they stand in the tables at this moment. */
export const readSession =
  ({
    projections,
    sessionChecks,
    now,
  }: {
    readonly projections: Reads;
    readonly sessionChecks: Pick<SessionChecks, "isVoid">;
    readonly now: () => number;
  }): RequestHandler =>
  async (_request, response) => {
    const identity = identityOf(response);
    const [session, email] = await Promise.all([sessionOf(projections, identity), emailOf(projections, identity)]);
    const { sessionId, userId, userKind, openedAt, expiresAt } = liveSession(session, now(), sessionChecks.isVoid);
    const body = {
      user: { id: userId, kind: userKind, ...(email === undefined ? {} : { email }) },
      session: { id: sessionId, createdAt: openedAt, expiresAt },
    };
    response.json(httpSchemas.currentSession.parse(body));
  };

const sessionOf = async (reads: Reads, identity: Identity) =>
  identity.by === "visitor" ? identity.session : reads.session(identity.userId, identity.sessionId);

/** Visitors have none: for them nothing is read. */
const emailOf = async (reads: Reads, identity: Identity): Promise<string | undefined> =>
  identity.by === "token" && identity.claims.kind === "account"
    ? (await reads.user(identity.userId))?.email
    : undefined;

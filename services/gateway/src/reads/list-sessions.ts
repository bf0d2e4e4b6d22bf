import { httpSchemas } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { isLive } from "../auth/decide-session.ts";
import type { SessionChecks } from "../revocations/session-checks.ts";
import { liveSession } from "./live-session.ts";
import type { Projections, Session } from "./projections.ts";

/** `GET /auth/sessions`: the caller's sessions that live at this moment, the one used last first. */
export const listSessions =
  ({
    projections,
    sessionChecks,
    now,
  }: {
    readonly projections: Pick<Projections, "sessionsOf">;
    readonly sessionChecks: Pick<SessionChecks, "isVoid">;
    readonly now: () => number;
  }): RequestHandler =>
  async (_request, response) => {
    const identity = identityOf(response);
    const all = await projections.sessionsOf(identity.userId);
    const at = now();
    liveSession(
      all.find(({ sessionId }) => sessionId === identity.sessionId),
      at,
      sessionChecks.isVoid,
    );
    const sessions = all
      .filter((session) => isLive(session, at, sessionChecks.isVoid))
      .sort(byLastUse)
      .map((session) => listed(session, identity.sessionId));
    response.json(httpSchemas.listedSessions.parse({ sessions }));
  };

const lastUseOf = ({ openedAt, lastSeenAt = openedAt }: Session): string => lastSeenAt;

/** Newest first; then by when they were opened and by id, so that a list reads alike every time. */
const byLastUse = (one: Session, other: Session): number =>
  compare(lastUseOf(other), lastUseOf(one)) ||
  compare(other.openedAt, one.openedAt) ||
  compare(one.sessionId, other.sessionId);

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function listed(session: Session, currentId: string): object {
  const { sessionId: id, openedAt: createdAt, expiresAt, method, client, risk } = session;
  const lastSeenAt = lastUseOf(session);
  return { id, current: id === currentId, createdAt, lastSeenAt, expiresAt, method, ip: "unknown", ...client, risk };
}

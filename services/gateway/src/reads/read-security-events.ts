import { httpSchemas, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { validQuery } from "../http/validate-query.ts";
import { orInvalidCursor } from "./or-invalid-cursor.ts";
import type { SecurityEvent, SecurityEvents } from "./security-events.ts";

const PAGE = 50;

/** `GET /auth/security-events`: what has happened to the caller. */
export const readSecurityEvents =
  ({ securityEvents }: { readonly securityEvents: Pick<SecurityEvents, "ofUser"> }): RequestHandler =>
  async (request, response) => {
    const { cursor } = routes.readSecurityEvents.query.parse(validQuery(routes.readSecurityEvents.query, request));
    const { userId } = identityOf(response);
    const page = await orInvalidCursor(() => securityEvents.ofUser(userId, { limit: PAGE, after: cursor }));
    const events = page.events.map((event) => asItsUserSees(event, userId));
    response.json(httpSchemas.ownSecurityEvents.parse({ ...page, events }));
  };

/** Where it was asked for and by whom is the user's to know only of what the user, or nobody who was signed in, asked for. */
function asItsUserSees(event: SecurityEvent, userId: string): object {
  const { eventId: id, type, at, outcome, sessionId, ip, userAgent, actorId } = event;
  // A merged visitor was this very person, but its id is another user's.
  const { userId: _user, visitorId: _visitor, by, risk, reason, ...rest } = event.data;
  const askedByAnother = by !== undefined || reason === "operator" || (actorId ?? userId) !== userId;
  // Why an operator did it is in the operator's own words, which are for operators.
  const data = { ...rest, ...(by === undefined && reason !== undefined && { reason }) };
  return { id, type, at, outcome, sessionId, ...(!askedByAnother && { ip, userAgent }), risk, data };
}

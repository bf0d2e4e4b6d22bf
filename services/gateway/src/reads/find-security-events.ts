import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { httpSchemas, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { validQuery } from "../http/validate-query.ts";
import { showed } from "../operators/operator-actions.ts";
import { orInvalidCursor } from "./or-invalid-cursor.ts";
import type { SecurityEvent, SecurityEventPage, SecurityEventQuery, SecurityEvents } from "./security-events.ts";

const PAGE = 50;
const EXPORT_PAGE = 200;
const NDJSON = "application/x-ndjson";

/** `GET /admin/security-events`: a page of what has happened, or all of it as lines, of which one page is in memory at a time. */
export const findSecurityEvents =
  ({ securityEvents }: { readonly securityEvents: Pick<SecurityEvents, "find"> }): RequestHandler =>
  async (request, response) => {
    const schema = routes.findSecurityEvents.query;
    const { cursor: after, from, to, ...exact } = schema.parse(validQuery(schema, request));
    showed(
      response,
      [exact.userId, exact.operationId].filter((target) => target !== undefined),
    );
    const query: SecurityEventQuery = { ...exact, from: inFull(from), to: inFull(to) };
    const exports = request.accepts(["application/json", NDJSON]) === NDJSON;
    // The first page before the head: what is wrong with the request, or the table, can still be said.
    const first = await orInvalidCursor(() =>
      securityEvents.find(query, { limit: exports ? EXPORT_PAGE : PAGE, after }),
    );
    if (!exports) {
      response.json(httpSchemas.securityEvents.parse({ ...first, events: first.events.map(asOperatorsSee) }));
      return;
    }
    response.type(NDJSON);
    try {
      await pipeline(Readable.from(linesFrom(first, query, securityEvents)), response);
    } catch (error) {
      // Whoever asked has gone: there is nobody to tell.
      if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    }
  };

async function* linesFrom(
  first: SecurityEventPage,
  query: SecurityEventQuery,
  securityEvents: Pick<SecurityEvents, "find">,
): AsyncGenerator<string> {
  let page = first;
  for (;;) {
    for (const event of page.events) {
      yield `${JSON.stringify(httpSchemas.anySecurityEvent.parse(asOperatorsSee(event)))}\n`;
    }
    if (page.cursor === undefined) return;
    page = await securityEvents.find(query, { limit: EXPORT_PAGE, after: page.cursor });
  }
}

const asOperatorsSee = ({ eventId, typeAndDay: _, ...event }: SecurityEvent): object => ({
  id: eventId,
  ...event,
  risk: event.data["risk"],
});

/** A query may leave out the milliseconds; times are compared as texts. */
const inFull = (at: string | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();

import { httpSchemas, routes } from "@lanyard/contracts";
import { joinedReads } from "@lanyard/storage";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import type { RequestHandler } from "express";
import { ProblemError } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import { emailInQuery } from "../http/validate-query.ts";
import { showed } from "../operators/operator-actions.ts";
import { inTraceOf } from "./in-trace-of.ts";
import type { Projections } from "./projections.ts";

/**
 * `GET /users/lookup`: whose an address is at this moment, by a consistent read of its claim. The read has a span of its
 * own, `users.lookup`, which never says which address.
 */
export function lookupUser({ projections }: { readonly projections: Pick<Projections, "claimOf"> }): RequestHandler {
  const claimOf = joinedReads((email: string) => projections.claimOf(email));
  return async (request, response) => {
    const email = emailInQuery(routes.lookupUser.query, request);
    const tracer = trace.getTracer("lanyard-gateway");
    const parent = inTraceOf(contextOf(response).traceparent);
    const claim = await tracer.startActiveSpan("users.lookup", {}, parent, async (span) => {
      try {
        const found = await claimOf(email);
        span.setAttribute("lanyard.user.found", found !== undefined);
        return found;
      } catch (error) {
        // Not its message: whatever failed may say what it was asked for.
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
    if (claim === undefined) throw new ProblemError("user_not_found");
    showed(response, [claim.userId]);
    response.json(httpSchemas.foundUser.parse({ userId: claim.userId }));
  };
}

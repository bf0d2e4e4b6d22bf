import { createHash } from "node:crypto";
import type { Client } from "@lanyard/contracts";
import { traceparent as traceparentSchema } from "@lanyard/contracts";
import { childSpan, type Log, traceIdOf } from "@lanyard/messaging";
import type { Request, RequestHandler, Response } from "express";

/** What every step may know of the request it serves. */
export interface RequestContext {
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly traceparent: string;
  readonly client: Client;
}

const LONGEST_USER_AGENT = 512;

export const contextOf = (response: Response): RequestContext => response.locals["context"] as RequestContext;

/** Gives the request its id, its place in the trace and its time of receipt; logs one line when it is answered. */
export const requestContext =
  (options: { readonly log: Log; readonly now: () => number; readonly newId: () => string }): RequestHandler =>
  (request, response, next) => {
    const { log, now, newId } = options;
    const requestId = newId();
    const receivedAt = now();
    const context: RequestContext = {
      requestId,
      receivedAt,
      traceparent: traceOf(request, requestId),
      client: clientOf(request),
    };
    response.locals["requestId"] = requestId;
    response.locals["context"] = context;
    response.set("X-Request-Id", requestId);
    response.on("finish", () => {
      log.info(
        {
          requestId,
          traceId: traceIdOf(context.traceparent),
          method: request.method,
          // The template, never the path as sent: it may hold what does not belong in a log.
          route: (request.route as { readonly path?: string } | undefined)?.path,
          status: response.statusCode,
          operationId: response.getHeader("X-Operation-Id"),
          seconds: (now() - receivedAt) / 1000,
        },
        "request",
      );
    });
    next();
  };

/** Goes on with the caller's trace when it shows a valid one (W3C Trace Context), else begins one. */
function traceOf(request: Request, requestId: string): string {
  const given = traceparentSchema.safeParse(request.get("traceparent"));
  if (given.success) return childSpan(given.data, requestId);
  const random = createHash("sha256").update(requestId).digest("hex");
  return `00-${random.slice(0, 32)}-${random.slice(32, 48)}-01`;
}

function clientOf(request: Request): Client {
  const userAgent = request.get("user-agent")?.slice(0, LONGEST_USER_AGENT);
  const ip = request.ip ?? "unknown";
  return userAgent === undefined ? { ip } : { ip, userAgent };
}

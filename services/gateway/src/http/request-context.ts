import { createHash } from "node:crypto";
import type { Client } from "@lanyard/contracts";
import { traceparent as traceparentSchema } from "@lanyard/contracts";
import { childSpan, type Log, traceIdOf } from "@lanyard/messaging";
import type { Request, RequestHandler, Response } from "express";
import { clientAddress, withoutPorts } from "./client-address.ts";

/** What every step may know of the request it serves. */
export interface RequestContext {
  readonly requestId: string;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly receivedAt: number;
  readonly traceparent: string;
  readonly client: Client;
}

/** One served request, for metrics. */
export interface ServedRequest {
  /** The template, as `/api/v2/operations/{operationId}`; `unmatched` when there is no such path. */
  readonly route: string;
  readonly method: string;
  /** `aborted`: the client went away first. */
  readonly status: number | "aborted";
  readonly seconds: number;
}

const LONGEST_USER_AGENT = 512;

/** Asked every few seconds by machines: not worth a line each. */
const PROBES = new Set(["/healthz", "/readyz", "/metrics"]);

export const contextOf = (response: Response): RequestContext => response.locals["context"] as RequestContext;

/** Says which route serves the request. The template, never the path as sent: that may hold what belongs in no log. */
export const namesRoute =
  (template: string): RequestHandler =>
  (_request, response, next) => {
    response.locals["route"] = template;
    next();
  };

export interface RequestContextOptions {
  readonly log: Log;
  /** Milliseconds since the epoch on this process's clock: how long a request took. */
  readonly now: () => number;
  /** The same on the time that all processes share: when a request was received. */
  readonly brokerNow: () => number;
  readonly newId: () => string;
  /** Told once for each request, when it is answered or given up. */
  readonly observe: (served: ServedRequest) => void;
}

/**
 * Gives the request its id, its client, its place in the trace and its time of receipt; logs one line when it is over. Says
 * once when a trusted proxy names clients by what is no address: they all are one to every limit.
 */
export const requestContext = ({ log, now, brokerNow, newId, observe }: RequestContextOptions): RequestHandler => {
  let hasWarned = false;
  return (request, response, next) => {
    const requestId = newId();
    const begunAt = now();
    withoutPorts(request);
    const context: RequestContext = {
      requestId,
      receivedAt: brokerNow(),
      traceparent: traceOf(request, requestId),
      client: clientOf(request),
    };
    // The socket's own address is always one: anything else was forwarded.
    if (context.client.ip === "unknown" && request.ip !== undefined && !hasWarned) {
      hasWarned = true;
      log.warn(
        { requestId },
        "a trusted proxy sends what is no IP address in X-Forwarded-For: such clients count as one",
      );
    }
    response.locals["requestId"] = requestId;
    response.locals["context"] = context;
    response.set("X-Request-Id", requestId);
    response.on("close", () => {
      const served: ServedRequest = {
        route: (response.locals["route"] as string | undefined) ?? "unmatched",
        method: request.method,
        status: response.writableFinished ? response.statusCode : "aborted",
        seconds: (now() - begunAt) / 1000,
      };
      observe(served);
      const traceId = traceIdOf(context.traceparent);
      const fields = { requestId, traceId, operationId: response.getHeader("X-Operation-Id"), ...served };
      if (PROBES.has(served.route)) log.debug(fields, "request");
      else log.info(fields, "request");
    });
    next();
  };
};

/** W3C Trace Context: an id of zeros only is invalid. */
const ALL_ZERO = /^00-0{32}|-0{16}-/;

/** Goes on with the caller's trace when it shows a valid one (W3C Trace Context), else begins one. */
function traceOf(request: Request, requestId: string): string {
  const given = traceparentSchema.safeParse(request.get("traceparent"));
  if (given.success && !ALL_ZERO.test(given.data)) return childSpan(given.data, requestId);
  const random = createHash("sha256").update(requestId).digest("hex");
  return `00-${random.slice(0, 32)}-${random.slice(32, 48)}-01`;
}

function clientOf(request: Request): Client {
  const userAgent = request.get("user-agent")?.slice(0, LONGEST_USER_AGENT);
  const ip = clientAddress(request.ip ?? "");
  return userAgent === undefined ? { ip } : { ip, userAgent };
}

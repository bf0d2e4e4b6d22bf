import { DependencyUnavailable } from "@lanyard/aws";
import type { ProblemCode } from "@lanyard/contracts";
import type { Log } from "@lanyard/messaging";
import type { ErrorRequestHandler } from "express";
import { ProblemError, sendProblem } from "./problem.ts";

/** The last step of every route: turns what was thrown into a problem. What is not known becomes one fixed 500. */
export const errorHandler =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, _request, response, _next) => {
    if (response.headersSent) {
      log.error({ requestId: response.locals["requestId"], err: error }, "a request failed after its answer had begun");
      response.destroy();
      return;
    }
    if (error instanceof ProblemError) {
      return sendProblem(response, error.code, error.extra, error.retryAfterSeconds);
    }
    if (error instanceof DependencyUnavailable) {
      log.warn({ requestId: response.locals["requestId"], dependency: error.dependency }, "a dependency is down");
      return sendProblem(response, "service_unavailable");
    }
    const known = problemOfExpress(error);
    if (known !== undefined) return sendProblem(response, known);
    log.error({ requestId: response.locals["requestId"], err: error }, "a request failed");
    sendProblem(response, "internal_error");
  };

/** What `express.json` and the router throw, by the `type` or status they document. */
function problemOfExpress(error: unknown): ProblemCode | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  // A path that cannot be decoded names nothing.
  if (error instanceof URIError) return "not_found";
  const { type, status } = error as { readonly type?: unknown; readonly status?: unknown };
  switch (type) {
    case "entity.parse.failed":
      return "malformed_json";
    case "entity.too.large":
      return "body_too_large";
    case "encoding.unsupported":
    case "charset.unsupported":
      return "unsupported_media_type";
    default:
      return typeof status === "number" && status >= 400 && status < 500 ? "validation_failed" : undefined;
  }
}

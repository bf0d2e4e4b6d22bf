import { type Json, type ProblemCode, type ProblemDetails, problems, problemType } from "@lanyard/contracts";
import type { Response } from "express";

/** What a problem may say beyond its code. */
export interface ProblemExtra {
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly reason?: string;
  /** Default: the request; an answer that may be replayed names its operation. */
  readonly instance?: string;
  readonly [name: string]: Json | undefined | readonly { readonly path: string; readonly message: string }[];
}

/** Thrown by any step of a route; the error handler at the end of the app answers with it. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extra: ProblemExtra;
  constructor(code: ProblemCode, extra: ProblemExtra = {}) {
    super(code);
    this.name = "ProblemError";
    this.code = code;
    this.extra = extra;
  }
}

/** Seconds after which a request that met a dependency that is down is worth sending again. */
const RETRY_AFTER_SECONDS = 2;

/** RFC 9457 problem details of one occurrence. */
export const problemBody = (code: ProblemCode, requestId: string, extra: ProblemExtra = {}): ProblemDetails =>
  ({
    ...extra,
    type: problemType(code),
    title: problems[code].title,
    status: problems[code].status,
    code,
    instance: extra.instance ?? `urn:lanyard:request:${requestId}`,
  }) as ProblemDetails;

export function sendProblem(response: Response, code: ProblemCode, extra: ProblemExtra = {}): void {
  const { status, retry } = problems[code];
  if (status === 401) response.set("WWW-Authenticate", challenge(code));
  if (retry === true) response.set("Retry-After", String(RETRY_AFTER_SECONDS));
  response
    .status(status)
    .set("Content-Type", "application/problem+json")
    .end(JSON.stringify(problemBody(code, String(response.locals["requestId"]), extra)));
}

/** RFC 6750: no error code when no token was shown. */
const challenge = (code: ProblemCode): string =>
  code === "unauthenticated"
    ? 'Bearer realm="lanyard"'
    : `Bearer realm="lanyard", error="invalid_token", error_description="${code}"`;

import { type Json, type ProblemCode, type ProblemDetails, problems, problemType, wireCode } from "@lanyard/contracts";
import type { Response } from "express";

/** What a problem may say beyond its code. */
export interface ProblemExtra {
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly reason?: string;
  /** Default: the request; an answer that may be replayed names its operation. */
  readonly instance?: string;
  /** When another try counts: also told as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly [name: string]: Json | undefined | readonly { readonly path: string; readonly message: string }[];
}

/** Thrown by any step of a route; the error handler at the end of the app answers with it. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extra: ProblemExtra;
  /** When the same request may succeed; problems that are worth a retry have a default. */
  readonly retryAfterSeconds: number | undefined;
  constructor(code: ProblemCode, extra: ProblemExtra = {}, retryAfterSeconds?: number) {
    super(code);
    this.name = "ProblemError";
    this.code = code;
    this.extra = extra;
    this.retryAfterSeconds = retryAfterSeconds;
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
    code: wireCode(code),
    instance: extra.instance ?? `urn:lanyard:request:${requestId}`,
  }) as ProblemDetails;

export function sendProblem(
  response: Response,
  code: ProblemCode,
  extra: ProblemExtra = {},
  retryAfterSeconds = RETRY_AFTER_SECONDS,
): void {
  const { status, retry } = problems[code];
  if (status === 401) response.set("WWW-Authenticate", challenge(code));
  const comeBackIn = extra.retryAfterSeconds ?? (retry === true ? retryAfterSeconds : undefined);
  if (comeBackIn !== undefined) response.set("Retry-After", String(comeBackIn));
  response
    .status(status)
    .set("Content-Type", "application/problem+json")
    .end(JSON.stringify(problemBody(code, String(response.locals["requestId"]), extra)));
}

/** What is wrong with an access token that was shown. */
const aboutTheToken: readonly ProblemCode[] = ["token_invalid", "token_expired"];

/** RFC 6750: an error code only where an access token was shown and is not good. */
const challenge = (code: ProblemCode): string =>
  aboutTheToken.includes(code)
    ? `Bearer realm="lanyard", error="invalid_token", error_description="${code}"`
    : 'Bearer realm="lanyard"';

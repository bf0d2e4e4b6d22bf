import { z } from "zod";

interface ProblemDefinition {
  readonly status: number;
  /** Shown to people; never says more than the code does. */
  readonly title: string;
  /** The code on the wire, where another problem has the same under another status. Default: its name here. */
  readonly code?: string;
  /** Whether a client may send the same request again, as it is. */
  readonly retry?: boolean;
}

const define = <const T extends Record<string, ProblemDefinition>>(
  table: T,
): { readonly [C in keyof T]: ProblemDefinition } => table;

/** Every problem Lanyard can answer with: the only place that ties a code to a status. */
export const problems = define({
  validation_failed: { status: 400, title: "The request does not have the expected form." },
  malformed_json: { status: 400, title: "The body is not valid JSON." },
  idempotency_key_invalid: { status: 400, title: "The Idempotency-Key does not have the expected form." },
  magic_link_invalid: { status: 400, code: "token_invalid", title: "The link is not valid." },
  redirect_not_allowed: { status: 400, title: "Links may not lead to this address." },
  conflicting_credentials: { status: 400, title: "The credentials name two different users." },
  unauthenticated: { status: 401, title: "Sign in first." },
  token_invalid: { status: 401, title: "The access token is not valid." },
  token_expired: { status: 401, title: "The access token has expired." },
  refresh_token_invalid: { status: 401, title: "The refresh token is not valid." },
  refresh_token_reused: { status: 401, title: "The refresh token was used before; its session was ended." },
  credentials_invalid: { status: 401, title: "Address and password do not belong together." },
  totp_invalid: { status: 401, title: "The code of the second factor is not right." },
  otp_invalid: { status: 401, title: "The code is not right." },
  step_up_required: { status: 403, title: "Prove who you are once more first." },
  admin_required: { status: 403, title: "Only operators may do this." },
  cross_site_request: { status: 403, title: "Pages of this site may not do this." },
  session_revoked: { status: 403, title: "The session was ended." },
  user_merged: { status: 403, title: "This visitor is now part of an account." },
  not_anonymous: { status: 403, title: "Only a visitor can become part of an account." },
  account_required: { status: 403, title: "Only an account may do this." },
  not_found: { status: 404, title: "There is nothing at this address." },
  operation_not_found: { status: 404, title: "There is no such operation for this caller." },
  method_not_allowed: { status: 405, title: "This address does not take this method." },
  queue_not_found: { status: 404, title: "There is no such queue." },
  revocation_not_found: { status: 404, title: "There is no such revocation." },
  key_not_found: { status: 404, title: "There is no such key." },
  kind_not_found: { status: 404, title: "There is no such kind of item." },
  item_not_found: { status: 404, title: "The caller has no such item." },
  session_not_found: { status: 404, title: "The caller has no such session." },
  user_not_found: { status: 404, title: "There is no such user." },
  token_already_used: { status: 409, title: "The link or code has been used." },
  email_already_exists: { status: 409, title: "Another account carries this address." },
  email_change_superseded: { status: 409, title: "The address was changed by another request." },
  password_superseded: { status: 409, title: "The password was set by a later request." },
  totp_already_enabled: { status: 409, title: "The second factor is on." },
  totp_not_set_up: { status: 409, title: "There is no second factor." },
  already_merged: { status: 409, title: "This visitor is part of another account." },
  limit_reached: { status: 409, title: "There are as many items of this kind as there may be." },
  roles_superseded: { status: 409, title: "The roles were changed by a later request." },
  operation_in_progress: { status: 409, title: "The same request is still being carried out.", retry: true },
  outcome_gone: { status: 409, title: "The operation ended, but its answer carried secrets and is no longer kept." },
  magic_link_expired: { status: 410, code: "token_expired", title: "The link has expired." },
  second_factor_expired: { status: 410, title: "The sign-in has waited too long; begin anew." },
  otp_expired: { status: 410, title: "The code has expired." },
  version_conflict: { status: 412, title: "The item has changed since." },
  value_too_large: { status: 413, title: "The value is larger than its kind allows." },
  body_too_large: { status: 413, title: "The body is too large." },
  unsupported_media_type: { status: 415, title: "The body must be application/json." },
  idempotency_key_reused: { status: 422, title: "The Idempotency-Key was used for another request." },
  password_too_weak: { status: 422, title: "Choose another password." },
  password_attempts_exceeded: { status: 429, title: "Too many wrong passwords." },
  totp_attempts_exceeded: { status: 429, title: "Too many wrong codes of the second factor." },
  otp_attempts_exceeded: { status: 429, title: "Too many wrong codes." },
  rate_limited: { status: 429, title: "Too many requests.", retry: true },
  internal_error: { status: 500, title: "Something went wrong on our side." },
  service_unavailable: { status: 503, title: "The service cannot do this right now.", retry: true },
  revocation_view_stale: { status: 503, title: "Revocations cannot be checked right now.", retry: true },
  operation_expired: { status: 504, title: "The operation was not carried out in time and will not be." },
});

export type ProblemCode = keyof typeof problems;
export const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];
export const problemCode = z.enum(problemCodes);

/** The code as clients see it. */
export const wireCode = (code: ProblemCode): string => problems[code].code ?? code;
const wireCodes = [...new Set(problemCodes.map(wireCode))];

/** RFC 9457 problem details, with the stable `code` that clients switch on. */
export const problemDetails = z
  .object({
    type: z.string().meta({ examples: ["urn:lanyard:problem:unauthenticated"] }),
    title: z.string(),
    status: z.int(),
    code: z.enum(wireCodes),
    detail: z.string().optional(),
    instance: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    reason: z.string().optional().meta({
      description:
        "With `session_revoked`: why the session was ended; with `password_too_weak`: `too_short`, `too_long`, `common`, `holds_address`, `not_text`, or `short_without_second_factor`",
    }),
    factor: z.enum(["first", "second"]).optional().meta({
      description: "With `step_up_required`: `second`, at `/auth/2fa/step-up`; `first`, by signing in again",
    }),
    minLength: z.int().optional().meta({ description: "With `password_too_weak`: how many characters it must have" }),
    retryAfterSeconds: z.int().optional().meta({
      description:
        "With `password_attempts_exceeded` and `totp_attempts_exceeded`: when another try counts. Absent: never",
    }),
    scope: z.enum(["challenge", "address"]).optional().meta({
      description: "With `otp_attempts_exceeded`: whether another mail helps, or only a link does, for a day",
    }),
    limit: z.int().optional().meta({
      description:
        "With `limit_reached`: how many items of the kind there may be; with `value_too_large`: bytes of JSON",
    }),
    version: z.int().optional().meta({ description: "With `version_conflict`: what it is now" }),
    attemptsLeft: z
      .int()
      .optional()
      .meta({ description: "With `otp_invalid` and `totp_invalid`: how many more codes may be tried" }),
  })
  .meta({ id: "Problem" });
export type ProblemDetails = z.output<typeof problemDetails>;

export const problemType = (code: ProblemCode): string => `urn:lanyard:problem:${wireCode(code)}`;

import { z } from "zod";
import * as flows from "../flows.ts";
import { personal, sealed } from "../secrecy.ts";
import { challengeId, locale } from "../shapes.ts";
import { route } from "./route.ts";
import {
  authResult,
  challenge,
  currentSession,
  finishedOperation,
  foundUser,
  health,
  jwks,
  magicLink,
  mailbox,
  me,
  pendingOperation,
  readiness,
  usersOfEmail,
} from "./schemas.ts";

export const apiBase = "/api/v2";

export const createAnonymousSession = route({
  id: "createAnonymousSession",
  method: "POST",
  path: `${apiBase}/auth/anonymous`,
  auth: "none",
  tag: "Sign-in",
  summary: "Makes a visitor with a session and tokens",
  body: z.strictObject({}),
  answers: [
    { status: 201, description: "The visitor, its session and its tokens", body: authResult },
    {
      status: 200,
      description: "With `Accept: text/event-stream`: progress, then `token-delivery` or `problem`",
      body: z.string(),
      mediaType: "text/event-stream",
    },
    { status: 202, description: "Accepted and under way; `Location` names the operation", body: pendingOperation },
  ],
  problems: ["validation_failed", "malformed_json", "body_too_large", "unsupported_media_type", "operation_expired"],
  flow: flows.createAnonymousSession,
  limits: ["anonymous"],
});

const anyEmail = personal(z.string().min(3).max(320)).meta({
  description: "An e-mail address; its normal form is what counts",
  examples: ["ada@example.com"],
});

const signedIn = [
  { status: 200, description: "The account, its session and its tokens", body: authResult },
  {
    status: 200,
    description: "With `Accept: text/event-stream`: progress, then `token-delivery` or `problem`",
    body: z.string(),
    mediaType: "text/event-stream",
  },
  { status: 202, description: "Accepted and under way; `Location` names the operation", body: pendingOperation },
] as const;

const ofBodies = ["validation_failed", "malformed_json", "body_too_large", "unsupported_media_type"] as const;

/** What the strict ones refuse is not counted by the generous ones. */
const ofMails = ["mailPerAddressAndClient", "mailPerAddressAndNetwork", "mailPerClient", "mailPerAddress"] as const;

export const requestMagicLink = route({
  id: "requestMagicLink",
  method: "POST",
  path: `${apiBase}/auth/magic-link`,
  auth: "none",
  tag: "Sign-in",
  summary: "Mails a link and a code to an address, alike for every address",
  body: z.strictObject({
    email: anyEmail,
    redirectTo: z
      .string()
      .max(1024)
      .refine((text) => URL.canParse(text), { error: "must be a URL" })
      .optional()
      .meta({
        format: "uri",
        description: "Where the link leads, with `#token=`. Its origin must be configured. Default: a page of Lanyard",
      }),
    locale: locale.optional().meta({ description: "Language of the mail. Default: by `Accept-Language`" }),
  }),
  answers: [{ status: 202, description: "The mail will be sent", body: challenge }],
  problems: [...ofBodies, "redirect_not_allowed"],
  flow: flows.requestChallenge,
  answersAtOnce: true,
  limits: ofMails,
});

export const readMagicLink = route({
  id: "readMagicLink",
  method: "GET",
  path: `${apiBase}/auth/magic-link`,
  auth: "none",
  tag: "Sign-in",
  summary: "Whom a link would sign in; spends nothing",
  headers: { "X-Link-Token": "The `token` of the link" },
  answers: [{ status: 200, description: "It can be used", body: magicLink }],
  problems: ["magic_link_invalid", "token_already_used", "magic_link_expired", "service_unavailable"],
});

export const verifyMagicLink = route({
  id: "verifyMagicLink",
  method: "POST",
  path: `${apiBase}/auth/magic-link/verify`,
  auth: "none",
  tag: "Sign-in",
  summary: "Signs in whoever opened the link; exactly one request ever does",
  body: z.strictObject({ token: sealed(z.string().min(1).max(256)) }),
  answers: signedIn,
  problems: [...ofBodies, "operation_expired"],
  flow: flows.verifyMagicLink,
  limits: ["verify"],
});

export const requestEmailCode = route({
  id: "requestEmailCode",
  method: "POST",
  path: `${apiBase}/auth/otp`,
  auth: "none",
  tag: "Sign-in",
  summary: "Mails a six-digit code to an address, alike for every address",
  body: z.strictObject({
    email: anyEmail,
    locale: locale.optional().meta({ description: "Language of the mail. Default: by `Accept-Language`" }),
  }),
  answers: [{ status: 202, description: "The mail will be sent", body: challenge }],
  problems: [...ofBodies],
  flow: flows.requestChallenge,
  answersAtOnce: true,
  limits: ofMails,
});

export const verifyEmailCode = route({
  id: "verifyEmailCode",
  method: "POST",
  path: `${apiBase}/auth/otp/verify`,
  auth: "none",
  tag: "Sign-in",
  summary: "Signs in whoever read the code; five guesses for a challenge",
  body: z.strictObject({
    challengeId,
    code: sealed(z.string().regex(/^\d{6}$/, { error: "must be six digits" })),
  }),
  answers: signedIn,
  problems: [...ofBodies, "operation_expired"],
  flow: flows.verifyEmailCode,
  limits: ["verify"],
});

export const readMe = route({
  id: "readMe",
  method: "GET",
  path: `${apiBase}/auth/me`,
  auth: "bearer",
  tag: "Accounts",
  summary: "The caller as it stands",
  answers: [{ status: 200, description: "The caller", body: me }],
  problems: [],
});

export const lookupUser = route({
  id: "lookupUser",
  method: "GET",
  path: `${apiBase}/users/lookup`,
  auth: "admin",
  tag: "Operators",
  summary: "The account that an address belongs to",
  query: z.strictObject({ email: anyEmail }),
  answers: [{ status: 200, description: "Its id", body: foundUser }],
  problems: ["validation_failed", "user_not_found"],
});

export const findUsers = route({
  id: "findUsers",
  method: "GET",
  path: `${apiBase}/admin/users`,
  auth: "admin",
  tag: "Operators",
  summary: "Every user that carries an address or ever carried it",
  query: z.strictObject({ email: anyEmail }),
  answers: [{ status: 200, description: "None, one or more", body: usersOfEmail }],
  problems: ["validation_failed"],
});

export const continuePage = route({
  id: "continuePage",
  method: "GET",
  path: "/auth/continue",
  auth: "none",
  tag: "Sign-in",
  summary: "The page that links lead to: names the account, and signs in when its button is pressed",
  answers: [{ status: 200, description: "The page", body: z.string(), mediaType: "text/html" }],
  problems: [],
});

export const readMailbox = route({
  id: "readMailbox",
  method: "GET",
  path: "/dev/mailbox",
  auth: "none",
  tag: "Development",
  summary: "What the embedded mailbox has received, newest first; in a browser, a page",
  query: z.strictObject({ to: z.string().optional().meta({ description: "Only mails to this address" }) }),
  answers: [
    { status: 200, description: "The mails", body: mailbox },
    {
      status: 200,
      description: "With `Accept: text/html`: the same as a page",
      body: z.string(),
      mediaType: "text/html",
    },
  ],
  problems: ["validation_failed", "service_unavailable"],
  developmentOnly: true,
});

export const readSession = route({
  id: "readSession",
  method: "GET",
  path: `${apiBase}/auth/session`,
  auth: "any",
  tag: "Sessions",
  summary: "Who is signed in, and until when",
  answers: [{ status: 200, description: "The caller and its session", body: currentSession }],
  problems: [],
});

export const refreshSession = route({
  id: "refreshSession",
  method: "POST",
  path: `${apiBase}/auth/session/refresh`,
  auth: "none",
  tag: "Sessions",
  summary: "Exchanges a refresh token for new tokens",
  body: z.strictObject({ refreshToken: sealed(z.string().min(1).max(1024)) }),
  answers: [
    { status: 200, description: "New tokens of the same session", body: authResult },
    { status: 202, description: "Accepted and under way; `Location` names the operation", body: pendingOperation },
  ],
  problems: [
    "refresh_token_invalid",
    "validation_failed",
    "malformed_json",
    "body_too_large",
    "unsupported_media_type",
    "operation_expired",
  ],
  flow: flows.refreshSession,
});

export const logout = route({
  id: "logout",
  method: "POST",
  path: `${apiBase}/auth/logout`,
  auth: "bearer",
  tag: "Sessions",
  summary: "Ends the caller's session",
  body: z.strictObject({}),
  answers: [
    { status: 204, description: "It has ended, and no gateway accepts its tokens" },
    { status: 202, description: "Accepted and under way; `Location` names the operation", body: pendingOperation },
  ],
  problems: ["validation_failed", "malformed_json", "body_too_large", "unsupported_media_type", "operation_expired"],
  flow: flows.logout,
});

export const readOperation = route({
  id: "readOperation",
  method: "GET",
  path: `${apiBase}/operations/{operationId}`,
  auth: "operation",
  tag: "Operations",
  summary: "How a command ended, or that it has not yet",
  answers: [
    { status: 200, description: "It has ended", body: finishedOperation },
    { status: 202, description: "It is under way", body: pendingOperation },
  ],
  problems: ["operation_not_found", "outcome_gone"],
});

export const readJwks = route({
  id: "readJwks",
  method: "GET",
  path: "/.well-known/jwks.json",
  auth: "none",
  tag: "Keys",
  summary: "The public keys of access tokens (RFC 7517)",
  answers: [{ status: 200, description: "The key set", body: jwks, mediaType: "application/jwk-set+json" }],
  problems: ["service_unavailable"],
});

export const readHealth = route({
  id: "readHealth",
  method: "GET",
  path: "/healthz",
  auth: "none",
  tag: "Running it",
  summary: "The process lives",
  answers: [{ status: 200, description: "It lives", body: health }],
  problems: [],
});

export const readReadiness = route({
  id: "readReadiness",
  method: "GET",
  path: "/readyz",
  auth: "none",
  tag: "Running it",
  summary: "Whether requests can be served, and what is missing if not",
  answers: [
    { status: 200, description: "Ready", body: readiness },
    { status: 503, description: "Not ready", body: readiness },
  ],
  problems: [],
});

export const readMetrics = route({
  id: "readMetrics",
  method: "GET",
  path: "/metrics",
  auth: "none",
  tag: "Running it",
  summary: "Prometheus metrics",
  answers: [{ status: 200, description: "Text exposition format", body: z.string(), mediaType: "text/plain" }],
  problems: [],
});

export const readOpenApi = route({
  id: "readOpenApi",
  method: "GET",
  path: "/openapi.json",
  auth: "none",
  tag: "Running it",
  summary: "This document",
  answers: [{ status: 200, description: "OpenAPI 3.1", body: z.looseObject({ openapi: z.literal("3.1.0") }) }],
  problems: [],
});

/** Every route there is, in the order the documentation shows them. */
export const allRoutes = [
  createAnonymousSession,
  requestMagicLink,
  readMagicLink,
  verifyMagicLink,
  requestEmailCode,
  verifyEmailCode,
  continuePage,
  readMe,
  readSession,
  refreshSession,
  logout,
  readOperation,
  lookupUser,
  findUsers,
  readMailbox,
  readJwks,
  readHealth,
  readReadiness,
  readMetrics,
  readOpenApi,
];

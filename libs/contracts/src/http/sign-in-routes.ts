import { z } from "zod";
import * as flows from "../flows.ts";
import { sealed } from "../secrecy.ts";
import { challengeId, locale } from "../shapes.ts";
import { route } from "./route.ts";
import {
  anonymousCredential,
  anyEmail,
  apiBase,
  deviceToken,
  ofBodies,
  ofMails,
  ofVisitors,
  signedIn,
} from "./route-parts.ts";
import { authResult, challenge, magicLink, pendingOperation } from "./schemas.ts";

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
    anonymous: anonymousCredential.optional(),
  }),
  answers: [{ status: 202, description: "The mail will be sent", body: challenge }],
  problems: [...ofBodies, ...ofVisitors, "redirect_not_allowed"],
  flow: flows.requestChallenge,
  answersAtOnce: true,
  limits: ofMails,
  optionalHeaders: { "X-Device-Token": deviceToken },
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
  optionalHeaders: { "X-Device-Token": deviceToken },
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
    anonymous: anonymousCredential.optional(),
  }),
  answers: [{ status: 202, description: "The mail will be sent", body: challenge }],
  problems: [...ofBodies, ...ofVisitors],
  flow: flows.requestChallenge,
  answersAtOnce: true,
  limits: ofMails,
  optionalHeaders: { "X-Device-Token": deviceToken },
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
  optionalHeaders: { "X-Device-Token": deviceToken },
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

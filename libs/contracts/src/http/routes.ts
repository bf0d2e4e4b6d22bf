import { z } from "zod";
import * as flows from "../flows.ts";
import { sealed } from "../secrecy.ts";
import { route } from "./route.ts";
import { authResult, currentSession, finishedOperation, health, jwks, pendingOperation, readiness } from "./schemas.ts";

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
  readSession,
  refreshSession,
  logout,
  readOperation,
  readJwks,
  readHealth,
  readReadiness,
  readMetrics,
  readOpenApi,
];

import { z } from "zod";
import { route } from "./route.ts";
import { apiBase } from "./route-parts.ts";
import { finishedOperation, health, jwks, mailbox, pendingOperation, readiness } from "./schemas.ts";

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

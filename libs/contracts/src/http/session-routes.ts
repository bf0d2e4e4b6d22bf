import { z } from "zod";
import * as flows from "../flows.ts";
import { sealed } from "../secrecy.ts";
import { route } from "./route.ts";
import { apiBase, cursor } from "./route-parts.ts";
import { authResult, currentSession, listedSessions, ownSecurityEvents, pendingOperation } from "./schemas.ts";

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

export const listSessions = route({
  id: "listSessions",
  method: "GET",
  path: `${apiBase}/auth/sessions`,
  auth: "bearer",
  tag: "Sessions",
  summary: "Every session of the caller that lives, and where it was opened",
  answers: [{ status: 200, description: "The sessions, the one used last first", body: listedSessions }],
  problems: [],
});

export const revokeOwnSession = route({
  id: "revokeOwnSession",
  method: "DELETE",
  path: `${apiBase}/auth/sessions/{sessionId}`,
  auth: "bearer",
  tag: "Sessions",
  summary: "Ends one session of the caller",
  answers: [
    { status: 204, description: "It has ended, and no gateway accepts its tokens" },
    { status: 202, description: "Accepted and under way; `Location` names the operation", body: pendingOperation },
  ],
  problems: ["operation_expired"],
  flow: flows.revokeOwnSession,
});

export const revokeOwnSessions = route({
  id: "revokeOwnSessions",
  method: "DELETE",
  path: `${apiBase}/auth/sessions`,
  auth: "bearer",
  tag: "Sessions",
  summary: "Ends every session of the caller, or every other one",
  query: z.strictObject({
    except: z.literal("current").optional().meta({ description: "The calling session lives on. Default: it ends too" }),
  }),
  answers: [
    { status: 204, description: "They have ended, and no gateway accepts their tokens" },
    { status: 202, description: "Accepted and under way; `Location` names the operation", body: pendingOperation },
  ],
  problems: ["validation_failed", "operation_expired"],
  flow: flows.revokeOwnSessions,
});

export const revokeOwnTokens = route({
  id: "revokeOwnTokens",
  method: "DELETE",
  path: `${apiBase}/auth/me/tokens`,
  auth: "bearer",
  tag: "Sessions",
  summary: "Ends every session of the caller, the calling one too",
  answers: [
    { status: 204, description: "They have ended, and no gateway accepts their tokens" },
    { status: 202, description: "Accepted and under way; `Location` names the operation", body: pendingOperation },
  ],
  problems: ["operation_expired"],
  flow: flows.revokeOwnSessions,
});

export const readSecurityEvents = route({
  id: "readSecurityEvents",
  method: "GET",
  path: `${apiBase}/auth/security-events`,
  auth: "bearer",
  tag: "Sessions",
  summary: "What has happened to the caller, newest first; what was asked for a moment ago may be missing still",
  query: z.strictObject({ cursor: cursor.optional() }),
  answers: [{ status: 200, description: "At most fifty", body: ownSecurityEvents }],
  problems: ["validation_failed"],
});

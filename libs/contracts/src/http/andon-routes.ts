import { z } from "zod";
import * as flows from "../flows.ts";
import { pullReason, revocationScope } from "../revocation-scope.ts";
import { matchedSessions, revocationAccepted, revocationReceipt, revocationReceipts } from "./andon-schemas.ts";
import { route } from "./route.ts";
import { apiBase, cursor, ofBodies } from "./route-parts.ts";

const inForce = {
  status: 202,
  description: "In force; or, when that took too long, under way and `Location` names the operation",
  body: revocationAccepted,
} as const;

const optionalReason = z.strictObject({ reason: pullReason.optional() });

export const revokeSessions = route({
  id: "revokeSessions",
  method: "POST",
  path: `${apiBase}/admin/sessions/revoke`,
  auth: "admin",
  tag: "Andon cord",
  summary: "Pulls the andon cord: every session in scope ends now, on every gateway",
  query: z.strictObject({
    dryRun: z.enum(["true", "false"]).optional().meta({ description: "`true`: only counts what it would end" }),
  }),
  body: z.strictObject({ scope: revocationScope, reason: pullReason }),
  answers: [inForce, { status: 200, description: "With `dryRun=true`", body: matchedSessions }],
  problems: [...ofBodies, "operation_expired"],
  flow: flows.revokeInBulk,
});

export const readRevocation = route({
  id: "readRevocation",
  method: "GET",
  path: `${apiBase}/admin/revocations/{revocationId}`,
  auth: "admin",
  tag: "Andon cord",
  summary:
    "The receipt of a bulk revocation: which gateways refuse what it voided since when, and how far its sweep is",
  answers: [
    { status: 200, description: "As it stands", body: revocationReceipt },
    {
      status: 200,
      description: "With `Accept: text/event-stream`: a `receipt` at each change, then `done`",
      body: z.string(),
      mediaType: "text/event-stream",
    },
  ],
  problems: ["revocation_not_found"],
});

export const listRevocations = route({
  id: "listRevocations",
  method: "GET",
  path: `${apiBase}/admin/revocations`,
  auth: "admin",
  tag: "Andon cord",
  summary: "Bulk revocations, newest first",
  query: z.strictObject({ cursor: cursor.optional() }),
  answers: [{ status: 200, description: "At most fifty", body: revocationReceipts }],
  problems: ["validation_failed"],
});

export const revokeUserTokens = route({
  id: "revokeUserTokens",
  method: "DELETE",
  path: `${apiBase}/admin/users/{userId}/tokens`,
  auth: "admin",
  tag: "Andon cord",
  summary: "Every session and every token of a user ends now. Whether there is such a user is not asked",
  body: optionalReason,
  answers: [inForce],
  problems: [...ofBodies, "user_not_found", "operation_expired"],
  flow: flows.revokeInBulk,
  limits: ["adminUserTokens"],
});

export const revokeAllTokens = route({
  id: "revokeAllTokens",
  method: "DELETE",
  path: `${apiBase}/admin/tokens`,
  auth: "admin",
  tag: "Andon cord",
  summary: "Global rotation: every signing key is replaced and every session ends now, the caller's own too",
  body: optionalReason,
  answers: [inForce],
  problems: [...ofBodies, "operation_expired"],
  flow: flows.revokeEverything,
  limits: ["adminAllTokens"],
});

import { z } from "zod";
import * as flows from "../flows.ts";
import { operatorReason, roles, timestamp, userId } from "../shapes.ts";
import { route } from "./route.ts";
import { anyEmail, apiBase, cursor, ofBodies } from "./route-parts.ts";
import {
  deadLetterQueues,
  deadLetters,
  foundUser,
  operatorsOperation,
  pendingOperation,
  redriveAccepted,
  rotatedKey,
  securityEvents,
  signingKeys,
  usersOfEmail,
  usersRoles,
} from "./schemas.ts";

const underWay = {
  status: 202,
  description: "Accepted and under way; `Location` names the operation",
  body: pendingOperation,
} as const;

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

export const setRoles = route({
  id: "setRoles",
  method: "PUT",
  path: `${apiBase}/admin/users/{userId}/roles`,
  auth: "admin",
  tag: "Operators",
  summary: "Gives an account exactly these roles, from its next sign-in or refresh on",
  body: z.strictObject({ roles }),
  answers: [{ status: 200, description: "The roles it has", body: usersRoles }, underWay],
  problems: [...ofBodies, "operation_expired"],
  flow: flows.setRoles,
});

export const liftSecondFactor = route({
  id: "liftSecondFactor",
  method: "DELETE",
  path: `${apiBase}/admin/users/{userId}/second-factor`,
  auth: "admin",
  tag: "Operators",
  summary:
    "Takes away the second factor of an account whose user has lost it. Ends no session, and the account is told",
  body: z.strictObject({ reason: operatorReason }),
  answers: [{ status: 204, description: "It is asked for none" }, underWay],
  problems: [...ofBodies, "operation_expired"],
  flow: flows.liftSecondFactor,
});

export const listDeadLetters = route({
  id: "listDeadLetters",
  method: "GET",
  path: `${apiBase}/admin/dead-letters`,
  auth: "admin",
  tag: "Operators",
  summary: "How many dead letters each queue has, since when and why",
  answers: [{ status: 200, description: "Every queue", body: deadLetterQueues }],
  problems: [],
});

export const showDeadLetters = route({
  id: "showDeadLetters",
  method: "GET",
  path: `${apiBase}/admin/dead-letters/{queue}`,
  auth: "admin",
  tag: "Operators",
  summary: "The dead letters of a queue, redacted. What somebody else looks at or moves at this moment is missing",
  answers: [{ status: 200, description: "The oldest hundred", body: deadLetters }],
  problems: ["queue_not_found"],
});

export const redriveDeadLetters = route({
  id: "redriveDeadLetters",
  method: "POST",
  path: `${apiBase}/admin/dead-letters/{queue}/redrive`,
  auth: "admin",
  tag: "Operators",
  summary: "Moves the dead letters of a queue back to it, to be tried anew",
  body: z.strictObject({}),
  answers: [{ status: 202, description: "They will be moved, by this operation", body: redriveAccepted }],
  problems: [...ofBodies, "queue_not_found"],
  flow: flows.redriveDeadLetters,
  answersAtOnce: true,
});

export const showOperation = route({
  id: "showOperation",
  method: "GET",
  path: `${apiBase}/admin/operations/{operationId}`,
  auth: "admin",
  tag: "Operators",
  summary: "How an operation ended, redacted; 404 also while it is under way",
  answers: [{ status: 200, description: "It has ended", body: operatorsOperation }],
  problems: ["operation_not_found"],
});

export const listKeys = route({
  id: "listKeys",
  method: "GET",
  path: `${apiBase}/admin/keys`,
  auth: "admin",
  tag: "Operators",
  summary: "Every generation of the signing key, newest first",
  answers: [{ status: 200, description: "The keys, without their private parts", body: signingKeys }],
  problems: [],
});

export const rotateKeys = route({
  id: "rotateKeys",
  method: "POST",
  path: `${apiBase}/admin/keys/rotate`,
  auth: "admin",
  tag: "Operators",
  summary: "Makes the next signing key before it is due",
  body: z.strictObject({}),
  answers: [{ status: 200, description: "The next key, and from when it signs", body: rotatedKey }, underWay],
  problems: [...ofBodies, "operation_expired"],
  flow: flows.rotateKeys,
});

export const removeKey = route({
  id: "removeKey",
  method: "DELETE",
  path: `${apiBase}/admin/keys/{kid}`,
  auth: "admin",
  tag: "Operators",
  summary: "In an emergency: every gateway refuses what the key has signed within 5 s. Refresh tokens go on counting",
  body: z.strictObject({}),
  answers: [{ status: 204, description: "It is out of service" }, underWay],
  problems: [...ofBodies, "operation_expired"],
  flow: flows.removeKey,
});

export const findSecurityEvents = route({
  id: "findSecurityEvents",
  method: "GET",
  path: `${apiBase}/admin/security-events`,
  auth: "admin",
  tag: "Operators",
  summary: "What has happened: of a user, newest first; of an operation; or of all, newest day first, then by type",
  query: z.strictObject({
    userId: userId.optional(),
    type: z.string().min(1).max(100).optional(),
    from: timestamp.optional().meta({ description: "Default: a week before `to`; of a user or an operation, ever" }),
    to: timestamp.optional().meta({ description: "Not itself included; default: no end" }),
    operationId: z.string().min(1).max(200).optional(),
    cursor: cursor.optional(),
  }),
  answers: [
    { status: 200, description: "At most fifty; fewer, and even none, do not mean the end", body: securityEvents },
    {
      status: 200,
      description: "With `Accept: application/x-ndjson`: all there are, one on a line",
      body: z.string(),
      mediaType: "application/x-ndjson",
    },
  ],
  problems: ["validation_failed"],
});

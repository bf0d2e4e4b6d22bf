import { z } from "zod";
import { accountCommands } from "./account-commands.ts";
import { command } from "./command.ts";
import { mergeCounts } from "./data-items.ts";
import { savedItem } from "./http/schemas.ts";
import { queueName } from "./queues.ts";
import { pulledBy, pullReason, revocationScope } from "./revocation-scope.ts";
import { personal, sealed } from "./secrecy.ts";
import {
  accessTokenId,
  dataKind,
  deviceId,
  email,
  itemId,
  itemName,
  operationId,
  operatorName,
  revocationReason,
  roles,
  secondFactorMethod,
  sessionId,
  signInMethod,
  timestamp,
  userId,
  userKind,
} from "./shapes.ts";
import { notification, token, tokenFacts } from "./token-commands.ts";

export { notification, token };

/** How many sessions a command names that has ended many: its answer must fit a message. */
export const MOST_SESSIONS_TOLD = 500;

export const identity = {
  createAnonymousUser: command({
    name: "identity.createAnonymousUser",
    worker: "identity",
    summary: "Makes a visitor: a user without name, address or password.",
    input: z.object({}),
    output: z.object({ userId, userKind }),
    events: ["user.created"],
    problems: [],
  }),
  ensureUser: command({
    name: "identity.ensureUser",
    worker: "identity",
    summary: "Finds the account of a proven address, or makes it: one for an address, however many ask at once.",
    input: z.object({
      email: personal(email),
      chosenPasswordHash: sealed(z.string()).optional().meta({
        description:
          "The password that was chosen when the proof was asked for: it counts if the proof makes the account",
      }),
      chosenIsShort: z.boolean().optional(),
    }),
    output: z.object({ userId, userKind, roles: roles.default([]) }),
    events: ["user.created", "user.passwordSet"],
    problems: [],
  }),
  currentRoles: command({
    name: "identity.currentRoles",
    worker: "identity",
    summary: "Tells the roles that a user has at this moment.",
    input: z.object({ userId }),
    output: z.object({ roles }),
    events: [],
    problems: [],
  }),
  claimVisitor: command({
    name: "identity.claimVisitor",
    worker: "identity",
    summary: "Makes a visitor part of an account, for good: the first account that asks, and its first operation.",
    input: z.object({ userId, visitorId: userId }),
    output: z.object({ mergedAt: timestamp }),
    events: ["account.mergeStarted"],
    problems: ["not_anonymous", "already_merged", "operation_expired"],
    hasNoDeadline: true,
    endsWith: z.object({ joined: operationId.meta({ description: "The operation that merges them already" }) }),
  }),
  setRoles: command({
    name: "identity.setRoles",
    worker: "identity",
    summary: "Gives an account exactly these roles, unless a request that was received later has changed them.",
    input: z.object({ userId, wantedRoles: roles, by: operatorName }),
    output: z.object({ roles }),
    events: ["user.rolesChanged", "operator.acted"],
    problems: ["user_not_found", "roles_superseded"],
  }),
  recordOperatorAction: command({
    name: "identity.recordOperatorAction",
    worker: "identity",
    summary: "Tells what an operator has read.",
    input: z.object({ by: operatorName, action: z.string(), targets: z.array(z.string()).max(20) }),
    output: z.object({}),
    events: ["operator.acted"],
    problems: [],
  }),
  redriveDeadLetters: command({
    name: "identity.redriveDeadLetters",
    worker: "identity",
    summary: "Moves the dead letters of a queue back to it, some at a time; those that come back meanwhile stay.",
    input: z.object({ queue: queueName, by: operatorName }),
    output: z.object({ moved: z.int().nonnegative() }),
    events: ["operator.acted"],
    problems: [],
  }),
  ...accountCommands,
};

/** Of an existing session. */
const standing = { userKind, ...tokenFacts, jti: accessTokenId, method: signInMethod };

export const session = {
  open: command({
    name: "session.open",
    worker: "session",
    summary: "Opens a session for a user who has just proven who they are. An account's oldest makes room for it.",
    input: z.object({
      userId,
      userKind,
      method: signInMethod,
      secondFactor: secondFactorMethod.optional(),
      failuresBefore: z.int().nonnegative().optional(),
    }),
    output: z.object({
      sessionId,
      ...tokenFacts,
      jti: accessTokenId,
      deviceId: deviceId.optional().meta({ description: "Of an account: the device, known from now on" }),
    }),
    events: ["session.opened", "session.revoked"],
    problems: [],
  }),
  rotate: command({
    name: "session.rotate",
    worker: "session",
    summary: "Moves a session to its next generation, or tells the current one; a reused generation ends the session.",
    input: z.object({ userId, sessionId, presentedGeneration: z.int().positive() }),
    output: z.object(standing),
    events: ["session.refreshReuseDetected", "session.revoked"],
    problems: ["refresh_token_invalid", "refresh_token_reused"],
  }),
  stepUp: command({
    name: "session.stepUp",
    worker: "session",
    summary: "Notes in a session that a second factor was proven in it just now.",
    input: z.object({ userId, sessionId, secondFactor: secondFactorMethod }),
    output: z.object(standing),
    events: ["session.steppedUp"],
    problems: ["session_revoked"],
  }),
  report: command({
    name: "session.report",
    worker: "session",
    summary:
      "Notes, once, that an account's owner says a session is not theirs; tells how it was opened. It ends nothing.",
    input: z.object({ userId, sessionId, others: z.boolean() }),
    output: z.object({ reportedAt: timestamp, reportedMethod: signInMethod, reportedOpenedAt: timestamp }),
    events: ["session.reported"],
    problems: ["magic_link_invalid", "magic_link_expired", "token_already_used"],
  }),
  endReported: command({
    name: "session.endReported",
    worker: "session",
    summary: "Ends a session that was reported, all others if wanted, some at a time, and forgets its device.",
    input: z.object({ userId, sessionId, others: z.boolean(), reportedAt: timestamp }),
    output: z.object({}),
    events: ["session.revoked"],
    problems: [],
  }),
  revoke: command({
    name: "session.revoke",
    worker: "session",
    summary: "Ends a session before its time, in its item and in the revocation log.",
    input: z.object({ userId, sessionId, reason: revocationReason }),
    output: z.object({ revokedAt: timestamp }),
    events: ["session.revoked"],
    problems: [],
  }),
  revokeOwn: command({
    name: "session.revokeOwn",
    worker: "session",
    summary: "Ends one of a user's sessions, if it is there and lives.",
    input: z.object({ userId, sessionId, reason: revocationReason }),
    output: z.object({ revokedAt: timestamp }),
    events: ["session.revoked"],
    problems: ["session_not_found"],
  }),
  revokeAll: command({
    name: "session.revokeAll",
    worker: "session",
    summary: "Ends every session of a user, or every other one, some at a time.",
    input: z.object({
      userId,
      exceptSessionId: sessionId.optional().meta({ description: "The one that lives on. Default: none" }),
      reason: revocationReason,
    }),
    output: z.object({
      endedSessionIds: z.array(sessionId).max(MOST_SESSIONS_TOLD).meta({ description: "The first 500 of them" }),
    }),
    events: ["session.revoked"],
    problems: [],
  }),
  endVisitor: command({
    name: "session.endVisitor",
    worker: "session",
    summary: "Ends every session of a visitor who is part of an account now, some at a time.",
    input: z.object({ visitorId: userId }),
    output: z.object({}),
    events: ["session.revoked"],
    problems: [],
    hasNoDeadline: true,
  }),
  revokeInBulk: command({
    name: "session.revokeInBulk",
    worker: "session",
    summary: "Pulls the andon cord: from here on no session in scope that was opened before is accepted anywhere.",
    input: z.object({
      revocationId: z.uuid(),
      scope: revocationScope,
      reason: pullReason,
      pulledBy,
      pulledAt: timestamp.optional(),
      by: operatorName.optional().meta({ description: "Whoever asked over HTTP. Absent: it came from the topic" }),
      action: z.string().optional().meta({ description: "The route that was asked" }),
    }),
    output: z.object({ pullNumber: z.int().positive(), effectiveAt: timestamp }),
    events: ["andon.pulled", "operator.acted"],
    problems: [],
  }),
  sweepRevoked: command({
    name: "session.sweepRevoked",
    worker: "session",
    queue: "session-bulk",
    summary: "Marks the sessions that a pull has voided, some at a time. They are refused without it.",
    input: z.object({ revocationId: z.uuid() }),
    output: z.object({ matched: z.int().nonnegative(), swept: z.int().nonnegative() }),
    events: ["andon.swept", "session.voided"],
    problems: [],
  }),
  touch: command({
    name: "session.touch",
    worker: "session",
    summary: "Slides a session's expiry because it was used; at most once a minute.",
    input: z.object({ userId, sessionId }),
    output: z.object({}),
    events: [],
    problems: [],
  }),
};

const ownItem = { userId, kind: dataKind };
const expectedVersion = z
  .int()
  .positive()
  .optional()
  .meta({ description: "What `If-Match` says. Absent: whatever the version is" });

export const merge = {
  saveItem: command({
    name: "merge.saveItem",
    worker: "merge",
    summary: "Makes an item, or changes one: at most as many of a kind as its limit allows.",
    input: z.object({
      ...ownItem,
      itemId: itemId.optional().meta({ description: "The item to change. Absent: a new one" }),
      expectedVersion,
      name: itemName,
      json: personal(z.string()).meta({ description: "The value as JSON text" }),
    }),
    output: z.object({ item: savedItem }),
    events: ["account.itemMoved"],
    problems: ["item_not_found", "version_conflict", "limit_reached", "user_merged"],
  }),
  removeItem: command({
    name: "merge.removeItem",
    worker: "merge",
    summary: "Deletes an item.",
    input: z.object({ ...ownItem, itemId, expectedVersion }),
    output: z.object({ removedAt: timestamp }),
    events: [],
    problems: ["item_not_found", "version_conflict", "user_merged"],
  }),
  moveItems: command({
    name: "merge.moveItems",
    worker: "merge",
    queue: "merge-bulk",
    summary: "Moves what a visitor owns to the account, some items at a time: frozen, copied, then marked as moved.",
    input: z.object({ userId, visitorId: userId, mergedAt: timestamp }),
    output: mergeCounts,
    events: ["account.itemMoved", "account.merged"],
    problems: [],
    hasNoDeadline: true,
  }),
};

/** Every command there is, by worker. */
export const commands = { identity, session, token, notification, merge };

export const allCommands = Object.values(commands).flatMap((group) => Object.values(group));

import { z } from "zod";
import { accountFlows } from "./account-flows.ts";
import { identity, merge, session, token } from "./commands.ts";
import { flow } from "./flow.ts";
import { authResult, savedItem } from "./http/schemas.ts";
import { queueName } from "./queues.ts";
import { pulledBy, pullReason, revocationScope } from "./revocation-scope.ts";
import { keyId, operatorName, operatorReason, roles, sessionId, timestamp, userId } from "./shapes.ts";
import {
  createAnonymousSession,
  mergeVisitor,
  requestChallenge,
  signedIn,
  verifyEmailCode,
  verifyMagicLink,
} from "./sign-in-flows.ts";

export {
  changePassword,
  confirmEmailChange,
  disableSecondFactor,
  enableSecondFactor,
  regenerateBackupCodes,
  registerPassword,
  reportSession,
  requestEmailChange,
  requestPasswordReset,
  resetPassword,
  setUpSecondFactor,
  signInByPassword,
  stepUp,
  undoEmailChange,
  updateProfile,
  verifySecondFactor,
} from "./account-flows.ts";
export {
  createAnonymousSession,
  mergeVisitor,
  requestChallenge,
  verifyEmailCode,
  verifyMagicLink,
} from "./sign-in-flows.ts";

export const saveItem = flow({
  name: "saveItem",
  version: 1,
  summary: "Something that the caller owns is made or changed.",
  input: merge.saveItem.input,
})
  .step(merge.saveItem)
  .answers(z.object({ item: savedItem }), ({ item }) => ({ item }));

export const removeItem = flow({
  name: "removeItem",
  version: 1,
  summary: "Something that the caller owns is deleted.",
  input: merge.removeItem.input,
})
  .step(merge.removeItem)
  .answers(z.object({}), () => ({}));

export const refreshSession = flow({
  name: "refreshSession",
  version: 2,
  summary: "A refresh token is exchanged for the tokens of the session's current generation.",
  input: z.object({ userId, sessionId, presentedGeneration: z.int().positive() }),
})
  .step(session.rotate)
  .step(identity.currentRoles)
  .step(token.issue)
  .answers(authResult, signedIn);

/** Without the roles as they are now; until the last message of it has ended, 24 h after its gateways are gone. */
export const refreshSessionBeforeRoles = flow({
  name: "refreshSession",
  version: 1,
  summary:
    "A refresh token is exchanged for the tokens of the session's current generation, as before there were roles.",
  input: z.object({ userId, sessionId, presentedGeneration: z.int().positive() }),
})
  .step(session.rotate)
  .step(token.issue)
  .answers(authResult, signedIn);

export const logout = flow({
  name: "logout",
  version: 1,
  summary: "The caller's session ends now, on every gateway.",
  input: z.object({ userId, sessionId }),
})
  .step(session.revoke, { reason: "logout" })
  .answers(z.object({}), () => ({}));

export const revokeOwnSession = flow({
  name: "revokeOwnSession",
  version: 1,
  summary: "One of the caller's sessions ends now, on every gateway.",
  input: z.object({ userId, sessionId }),
})
  .step(session.revokeOwn, { reason: "revoked_by_user" })
  .answers(z.object({}), () => ({}));

export const revokeOwnSessions = flow({
  name: "revokeOwnSessions",
  version: 1,
  summary: "All the caller's sessions end now, or all others, on every gateway.",
  input: z.object({ userId, exceptSessionId: sessionId.optional() }),
})
  .step(session.revokeAll, { reason: "revoked_by_user" })
  .answers(z.object({ endedSessionIds: z.array(sessionId) }), ({ endedSessionIds }) => ({ endedSessionIds }));

export const touchSession = flow({
  name: "touchSession",
  version: 1,
  summary: "A session was used: its expiry slides. Nobody waits for it.",
  input: z.object({ userId, sessionId }),
  recorded: false,
})
  .step(session.touch)
  .answers(z.object({}), () => ({}));

export const setRoles = flow({
  name: "setRoles",
  version: 1,
  summary: "An operator says which roles an account has. They count from its next sign-in or refresh on.",
  input: z.object({ userId, wantedRoles: roles, by: operatorName }),
})
  .step(identity.setRoles)
  .answers(z.object({ userId, roles }), (done) => ({ userId: done.userId, roles: done.roles }));

export const liftSecondFactor = flow({
  name: "liftSecondFactor",
  version: 1,
  summary: "An operator takes away the second factor of an account whose user has lost it, or never turned it on.",
  input: z.object({ userId, by: operatorName, reason: operatorReason }),
})
  .step(identity.liftSecondFactor)
  .answers(z.object({}), () => ({}));

export const recordOperatorAction = flow({
  name: "recordOperatorAction",
  version: 1,
  summary: "An operator has read something. Nobody waits for it.",
  input: z.object({ by: operatorName, action: z.string(), targets: z.array(z.string()).max(20) }),
  recorded: false,
})
  .step(identity.recordOperatorAction)
  .answers(z.object({}), () => ({}));

export const redriveDeadLetters = flow({
  name: "redriveDeadLetters",
  version: 1,
  summary: "The dead letters that a queue has when it is asked for go back to it, to be tried anew.",
  input: z.object({ queue: queueName, by: operatorName }),
})
  .step(identity.redriveDeadLetters)
  .answers(z.object({ queue: queueName, moved: z.int().nonnegative() }), (done) => ({
    queue: done.queue,
    moved: done.moved,
  }));

export const rotateKeys = flow({
  name: "rotateKeys",
  version: 1,
  summary: "The signing key is followed by another before its time. What the old one signed goes on counting.",
  input: z.object({ by: operatorName }),
})
  .step(token.rotateKeys)
  .answers(z.object({ kid: keyId, activeFrom: timestamp }), (done) => ({ kid: done.kid, activeFrom: done.activeFrom }));

export const removeKey = flow({
  name: "removeKey",
  version: 1,
  summary: "In an emergency: what a signing key has signed is refused by every gateway within seconds.",
  input: z.object({ kid: keyId, by: operatorName }),
})
  .step(token.removeKey)
  .answers(z.object({}), () => ({}));

const revocation = { reason: pullReason, by: operatorName.optional(), action: z.string().optional() };

export const revokeInBulk = flow({
  name: "revokeInBulk",
  version: 1,
  summary: "The andon cord: every session in scope ends now, on every gateway; their items are marked afterwards.",
  input: z.object({
    ...revocation,
    revocationId: z.uuid(),
    scope: revocationScope,
    pulledBy,
    pulledAt: timestamp.optional(),
  }),
})
  .step(session.revokeInBulk)
  .answersThen(z.object({ revocationId: z.uuid() }), ({ revocationId }) => ({ revocationId }), session.sweepRevoked);

export const revokeEverything = flow({
  name: "revokeEverything",
  version: 1,
  summary: "Global rotation: every signing key is replaced, and every session ends now.",
  input: z.object({ ...revocation, revocationId: z.uuid(), pulledBy, by: operatorName }),
})
  .step(token.replaceKeys)
  .step(session.revokeInBulk, { scope: { kind: "all" } })
  .answersThen(z.object({ revocationId: z.uuid() }), ({ revocationId }) => ({ revocationId }), session.sweepRevoked);

/** Every flow there is, every version that may still be under way. */
export const allFlows = [
  createAnonymousSession,
  refreshSession,
  refreshSessionBeforeRoles,
  logout,
  revokeOwnSession,
  revokeOwnSessions,
  touchSession,
  requestChallenge,
  verifyMagicLink,
  verifyEmailCode,
  ...accountFlows,
  mergeVisitor,
  saveItem,
  removeItem,
  setRoles,
  liftSecondFactor,
  recordOperatorAction,
  redriveDeadLetters,
  rotateKeys,
  removeKey,
  revokeInBulk,
  revokeEverything,
];

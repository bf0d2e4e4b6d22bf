import { z } from "zod";
import { identity, notification, session, token } from "./commands.ts";
import { flow } from "./flow.ts";
import {
  backupCodes,
  changedEmail,
  reportedSession,
  restoredEmail,
  secondFactorSetup,
  updatedProfile,
} from "./http/account-schemas.ts";
import { authResult } from "./http/schemas.ts";
import { personal, sealed } from "./secrecy.ts";
import { displayName, email, locale, operationId, secondFactorChallengeId, sessionId, userId } from "./shapes.ts";
import { mailed, mailedUntil, mergeVisitor, signedIn, visitorContinued } from "./sign-in-flows.ts";

/** What a flow answers that has ended sessions: its gateway refuses them from here on. */
const endedSessions = z.object({ endedSessionIds: z.array(sessionId) });

export const registerPassword = flow({
  name: "registerPassword",
  version: 1,
  summary:
    "A password waits with the proof of its address; it counts when that proof makes the account, and nobody else has chosen one meanwhile.",
  input: z.object({ email: personal(email), locale, password: sealed(z.string()) }),
})
  // Before the hash, which may be long in coming: from here on no other registration of the address brings a password.
  .step(token.noteRegistration)
  .step(identity.hashPassword)
  .step(token.createChallenge, { challengeKind: "registration" })
  .step(notification.sendSignInMail, { challengeKind: "registration" })
  .answers(mailed, mailedUntil);

export const signInByPassword = flow({
  name: "signInByPassword",
  version: 1,
  summary: "An address and its password sign in; an account with a second factor is asked for it.",
  input: z.object({ email: personal(email), password: sealed(z.string()), visitorId: userId.optional() }),
})
  .step(identity.verifyPassword)
  .step(identity.beginSecondFactor, { method: "password" })
  .step(session.open, { method: "password" })
  .step(identity.confirmPassword)
  .step(token.issue, { method: "password" })
  .starts(mergeVisitor, visitorContinued)
  .answers(authResult, signedIn);

export const verifySecondFactor = flow({
  name: "verifySecondFactor",
  version: 1,
  summary: "A sign-in that waited for its second factor goes on.",
  input: z.object({ challengeId: secondFactorChallengeId, code: sealed(z.string()) }),
})
  .step(identity.answerSecondFactor)
  .step(session.open)
  .step(identity.confirmPassword)
  .step(token.issue)
  .starts(mergeVisitor, visitorContinued)
  .answers(authResult, signedIn);

export const stepUp = flow({
  name: "stepUp",
  version: 1,
  summary: "A session proves its second factor anew, for what asks for a fresh one.",
  input: z.object({ userId, sessionId, code: sealed(z.string()) }),
})
  .step(identity.checkSecondFactor)
  .step(session.stepUp)
  .step(identity.currentRoles)
  .step(token.issue)
  .answers(authResult, signedIn);

export const requestPasswordReset = flow({
  name: "requestPasswordReset",
  version: 1,
  summary: "A link to choose a new password is mailed. Asked and answered alike for every address.",
  input: z.object({ email: personal(email), locale }),
})
  .step(token.createChallenge, { challengeKind: "password_reset" })
  .step(notification.sendSignInMail, { challengeKind: "password_reset" })
  .answers(mailed, mailedUntil);

export const resetPassword = flow({
  name: "resetPassword",
  version: 1,
  summary: "Whoever reads the mail of an address chooses its password; every session of the account ends.",
  input: z.object({ token: sealed(z.string()), password: sealed(z.string()) }),
})
  .step(identity.hashPassword)
  .step(token.consumePasswordReset)
  .step(identity.ensureUser)
  .step(identity.setPassword, { how: "reset" })
  .step(session.revokeAll, { reason: "password_reset" })
  .answers(endedSessions, ({ endedSessionIds }) => ({ endedSessionIds }));

export const changePassword = flow({
  name: "changePassword",
  version: 1,
  summary: "A signed-in account changes its password, or gets its first; every other session ends.",
  input: z.object({
    userId,
    exceptSessionId: sessionId,
    currentPassword: sealed(z.string()).optional(),
    password: sealed(z.string()),
  }),
})
  .step(identity.checkPassword)
  .step(identity.hashPassword)
  .step(identity.setPassword, { how: "changed" })
  .step(session.revokeAll, { reason: "password_changed" })
  .answers(endedSessions, ({ endedSessionIds }) => ({ endedSessionIds }));

export const requestEmailChange = flow({
  name: "requestEmailChange",
  version: 1,
  summary: "Whoever reads the mail of a new address is to prove it. Nobody waits for it.",
  input: z.object({ userId, sessionId, email: personal(email), locale }),
})
  .step(token.createChallenge, { challengeKind: "email_change" })
  .step(notification.sendSignInMail, { challengeKind: "email_change" })
  .answers(mailed, mailedUntil);

export const updateProfile = flow({
  name: "updateProfile",
  version: 1,
  summary: "A signed-in account changes its name, its language, or asks to change its address.",
  input: z.object({
    userId,
    sessionId,
    displayName: displayName.nullable().optional(),
    wantedLocale: locale.nullable().optional(),
    newEmail: personal(email).optional(),
    mailLocale: locale,
  }),
})
  .step(identity.updateProfile)
  .starts(requestEmailChange, ({ userId, sessionId, newEmail, mailLocale }) =>
    newEmail === undefined ? undefined : { userId, sessionId, email: newEmail, locale: mailLocale },
  )
  .answers(updatedProfile, ({ profile, startedOperationId }) => ({
    profile,
    ...(startedOperationId !== undefined && { emailChange: { operationId: startedOperationId } }),
  }));

export const confirmEmailChange = flow({
  name: "confirmEmailChange",
  version: 1,
  summary: "The link of a new address is spent: the account carries it from now on.",
  input: z.object({ token: sealed(z.string()) }),
})
  .step(token.consumeEmailChange)
  .step(identity.changeEmail)
  .answers(changedEmail, (done) => ({ email: done.email }));

export const setUpSecondFactor = flow({
  name: "setUpSecondFactor",
  version: 1,
  summary: "A signed-in account gets a TOTP secret, which counts once a code of it was shown.",
  input: z.object({ userId }),
})
  .step(identity.setUpSecondFactor)
  .answers(secondFactorSetup, ({ secret, otpauthUrl }) => ({ secret, otpauthUrl }));

export const enableSecondFactor = flow({
  name: "enableSecondFactor",
  version: 1,
  summary: "A code turns the second factor on, and the account gets its backup codes.",
  input: z.object({ userId, code: sealed(z.string()) }),
})
  .step(identity.enableSecondFactor)
  .answers(backupCodes, (done) => ({ backupCodes: done.backupCodes }));

export const disableSecondFactor = flow({
  name: "disableSecondFactor",
  version: 1,
  summary: "A signed-in account turns its second factor off.",
  input: z.object({ userId }),
})
  .step(identity.disableSecondFactor)
  .answers(z.object({}), () => ({}));

export const regenerateBackupCodes = flow({
  name: "regenerateBackupCodes",
  version: 1,
  summary: "A signed-in account gets new backup codes; those of before are void.",
  input: z.object({ userId }),
})
  .step(identity.regenerateBackupCodes)
  .answers(backupCodes, (done) => ({ backupCodes: done.backupCodes }));

export const reportSession = flow({
  name: "reportSession",
  version: 1,
  summary: "Whoever reads the mail of an account says that a session is not theirs: it ends, all others on request.",
  input: z.object({
    userId,
    sessionId,
    others: z.boolean(),
    newPassword: z.boolean(),
    mailLocale: locale,
  }),
})
  .step(session.report)
  // First the password, then the sessions: one that it opens in between is found and ended, or gets no tokens.
  .step(identity.suspendPassword)
  .step(session.endReported)
  .starts(requestPasswordReset, ({ email, newPassword, locale, mailLocale }) =>
    email === undefined || !newPassword ? undefined : { email, locale: locale ?? mailLocale },
  )
  .answers(reportedSession, ({ reportedAt, isAddressNew, startedOperationId }) => ({
    endedAt: reportedAt,
    ...(isAddressNew !== undefined && { isAddressNew }),
    ...(startedOperationId !== undefined && { passwordReset: { operationId: startedOperationId } }),
  }));

export const undoEmailChange = flow({
  name: "undoEmailChange",
  version: 1,
  summary:
    "Whoever reads the mail of an address that an account has left takes the change back: every session ends, and a new password is chosen by mail.",
  input: z.object({ userId, changeId: operationId, mailLocale: locale }),
})
  // First the address, then the sessions: nobody signs in by the other one's mail in between.
  .step(identity.beginEmailUndo)
  .step(session.revokeAll, { reason: "email_change_undone" })
  .step(identity.endEmailUndo)
  .starts(requestPasswordReset, ({ email, locale, mailLocale }) => ({ email, locale: locale ?? mailLocale }))
  .answers(restoredEmail.extend(endedSessions.shape), ({ restoredAt, endedSessionIds, startedOperationId }) => ({
    restoredAt,
    endedSessionIds,
    ...(startedOperationId !== undefined && { passwordReset: { operationId: startedOperationId } }),
  }));

export const accountFlows = [
  registerPassword,
  signInByPassword,
  verifySecondFactor,
  stepUp,
  requestPasswordReset,
  resetPassword,
  changePassword,
  requestEmailChange,
  updateProfile,
  confirmEmailChange,
  undoEmailChange,
  setUpSecondFactor,
  enableSecondFactor,
  disableSecondFactor,
  regenerateBackupCodes,
  reportSession,
];

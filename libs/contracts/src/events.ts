import { z } from "zod";
import { cordRefusal } from "./andon-cord.ts";
import { event } from "./event.ts";
import { pulledBy, pullReason, revocationScope } from "./revocation-scope.ts";
import {
  challengeId,
  challengeKind,
  dataKind,
  itemId,
  keyId,
  mailTemplate,
  operationId,
  operatorName,
  operatorReason,
  profileField,
  revocationReason,
  risk,
  roles,
  secondFactorMethod,
  sessionId,
  signInMethod,
  timestamp,
  userId,
  userKind,
} from "./shapes.ts";

export const userCreated = event({
  type: "user.created",
  summary: "A user came to be: a visitor or an account.",
  data: z.object({ userId, userKind }),
});

export const sessionOpened = event({
  type: "session.opened",
  summary: "A session was opened.",
  data: z.object({
    userId,
    userKind,
    sessionId,
    method: signInMethod,
    secondFactor: secondFactorMethod.optional(),
    risk: risk.optional(),
  }),
});

export const sessionRevoked = event({
  type: "session.revoked",
  summary: "A session was ended before its time.",
  data: z.object({ userId, sessionId, reason: revocationReason }),
});

export const sessionRefreshReuseDetected = event({
  type: "session.refreshReuseDetected",
  summary: "A refresh token came again after its successor had been in use: one of the two who hold it is a thief.",
  outcome: "failed",
  data: z.object({
    userId,
    sessionId,
    presentedGeneration: z.int(),
    currentGeneration: z.int(),
    risk: risk.optional(),
  }),
});

export const sessionVoided = event({
  type: "session.voided",
  summary: "The item of a session says that a pull of the andon cord has voided it. It was refused from the pull on.",
  data: z.object({ userId, userKind, sessionId, revocationId: z.uuid() }),
});

export const sessionSteppedUp = event({
  type: "session.steppedUp",
  summary: "A second factor was proven anew in a session.",
  data: z.object({ userId, sessionId, secondFactor: secondFactorMethod }),
});

export const sessionReported = event({
  type: "session.reported",
  summary: "Whoever reads an account's mail has said that a session is not theirs.",
  data: z.object({ userId, sessionId, others: z.boolean() }),
});

export const userProfileChanged = event({
  type: "user.profileChanged",
  summary: "A user changed what their account says of them.",
  data: z.object({ userId, fields: z.array(profileField) }),
});

export const userEmailChanged = event({
  type: "user.emailChanged",
  summary: "An account carries another address, which was proven.",
  data: z.object({
    userId,
    undoes: operationId.optional().meta({ description: "The operation whose change is undone by this one" }),
  }),
});

export const userPasswordSet = event({
  type: "user.passwordSet",
  summary: "An account has a new password.",
  data: z.object({ userId, how: z.enum(["registered", "changed", "reset"]) }),
});

export const userPasswordFailed = event({
  type: "user.passwordFailed",
  summary: "A wrong password was given for an address, whether or not it has an account.",
  outcome: "failed",
  data: z.object({
    userId: userId.optional(),
    failures: z.int().positive().meta({ description: "How many in a row" }),
    risk: risk.optional(),
  }),
});

export const secondFactorAsked = event({
  type: "secondFactor.asked",
  summary: "A sign-in waits for its second factor.",
  data: z.object({ userId, method: signInMethod }),
});

export const userSecondFactorEnabled = event({
  type: "user.secondFactorEnabled",
  summary: "An account has a second factor from now on.",
  data: z.object({ userId }),
});

export const userSecondFactorDisabled = event({
  type: "user.secondFactorDisabled",
  summary: "An account has no second factor any more.",
  data: z.object({
    userId,
    by: operatorName.optional().meta({ description: "The operator who lifted it. Absent: its user turned it off" }),
  }),
});

export const userSecondFactorFailed = event({
  type: "user.secondFactorFailed",
  summary: "A wrong second factor was given.",
  outcome: "failed",
  data: z.object({
    userId,
    failures: z.int().positive().meta({ description: "How many in a row" }),
    risk: risk.optional(),
  }),
});

export const userBackupCodesMade = event({
  type: "user.backupCodesMade",
  summary: "An account has new backup codes; those of before are void.",
  data: z.object({ userId }),
});

export const userBackupCodeUsed = event({
  type: "user.backupCodeUsed",
  summary: "A backup code was spent in place of a TOTP code.",
  data: z.object({ userId, left: z.int().nonnegative() }),
});

export const challengeCreated = event({
  type: "challenge.created",
  summary: "An e-mail challenge was made, to be answered by link or code.",
  data: z.object({ challengeId, challengeKind }),
});

export const challengeConsumed = event({
  type: "challenge.consumed",
  summary: "An e-mail challenge was answered, and is spent.",
  data: z.object({ challengeId, challengeKind, by: z.enum(["link", "code"]) }),
});

export const challengeGuessFailed = event({
  type: "challenge.guessFailed",
  summary: "A wrong code was given for an e-mail challenge.",
  outcome: "failed",
  data: z.object({ challengeId, attemptsLeft: z.int().nonnegative() }),
});

export const userRolesChanged = event({
  type: "user.rolesChanged",
  summary: "An operator gave a user roles, or took them away.",
  data: z.object({ userId, roles, by: operatorName }),
});

export const signingKeyMade = event({
  type: "signingKey.made",
  summary: "An operator had the signing key replaced, before it was due.",
  data: z.object({ kid: keyId, activeFrom: timestamp, by: operatorName }),
});

export const signingKeyRemoved = event({
  type: "signingKey.removed",
  summary: "An operator took a signing key out of service: what it signed is accepted no more.",
  data: z.object({ kid: keyId, by: operatorName }),
});

export const operatorActed = event({
  type: "operator.acted",
  summary: "An operator has read or changed something.",
  data: z.object({
    by: operatorName,
    action: z.string().meta({ description: "The id of the route", examples: ["lookupUser"] }),
    targets: z.array(z.string()).meta({ description: "Ids of what it was done to, or was found; 20 at most" }),
    reason: operatorReason.optional(),
  }),
});

const pull = { revocationId: z.uuid(), number: z.int().positive() };

export const andonPulled = event({
  type: "andon.pulled",
  summary: "The andon cord was pulled: sessions in scope that were opened before are void.",
  data: z.object({ ...pull, scope: revocationScope, reason: pullReason, pulledBy, pulledAt: timestamp.optional() }),
});

export const andonSwept = event({
  type: "andon.swept",
  summary: "The items of all sessions that a pull has voided say so.",
  data: z.object({ ...pull, matched: z.int().nonnegative(), swept: z.int().nonnegative() }),
});

export const andonRefused = event({
  type: "andon.refused",
  summary: "A message on the topic of the andon cord pulled nothing, and is a dead letter.",
  outcome: "failed",
  data: z.object({ messageId: z.string(), why: cordRefusal }),
});

const mail = { mailId: z.uuid(), template: mailTemplate };

export const mailSent = event({
  type: "mail.sent",
  summary: "A mail server has accepted a mail.",
  data: z.object(mail),
});

export const mailRejected = event({
  type: "mail.rejected",
  summary: "A mail server has refused a mail for good.",
  outcome: "failed",
  data: z.object({ ...mail, smtpStatus: z.int().meta({ description: "RFC 5321 reply code, 500 to 599" }) }),
});

export const mailExpired = event({
  type: "mail.expired",
  summary: "A mail could not be sent while what it says was still of use.",
  outcome: "failed",
  data: z.object(mail),
});

const merge = { mergeId: operationId.meta({ description: "The operation that merges" }), userId, visitorId: userId };

export const accountMergeStarted = event({
  type: "account.mergeStarted",
  summary: "A visitor is part of an account now; what it owns is on its way.",
  data: z.object({ ...merge, mergedAt: timestamp }),
});

export const accountItemMoved = event({
  type: "account.itemMoved",
  summary: "An item of a merged visitor is the account's now. Numbers rise within a merge; some may be missing.",
  data: z.object({
    ...merge,
    sequence: z.int().positive(),
    kind: dataKind,
    fromItemId: itemId.meta({ description: "Its id at the visitor" }),
    toItemId: itemId.meta({ description: "Its id at the account" }),
  }),
});

export const accountMerged = event({
  type: "account.merged",
  summary: "All that a merged visitor owned has been moved.",
  data: z.object({
    ...merge,
    moved: z.int().nonnegative(),
    skipped: z.int().nonnegative(),
    held: z.int().nonnegative(),
    lastSequence: z.int().nonnegative().meta({ description: "The highest number of an `account.itemMoved` so far" }),
  }),
});

/** The events that gateways publish, which carry out no commands. */
export const gatewayEvents = [andonRefused];

/** Every event there is. */
export const allEvents = [
  userCreated,
  sessionOpened,
  sessionRevoked,
  sessionRefreshReuseDetected,
  sessionVoided,
  sessionSteppedUp,
  sessionReported,
  userProfileChanged,
  userEmailChanged,
  userPasswordSet,
  userPasswordFailed,
  secondFactorAsked,
  userSecondFactorEnabled,
  userSecondFactorDisabled,
  userSecondFactorFailed,
  userBackupCodesMade,
  userBackupCodeUsed,
  challengeCreated,
  challengeConsumed,
  challengeGuessFailed,
  userRolesChanged,
  signingKeyMade,
  signingKeyRemoved,
  operatorActed,
  andonPulled,
  andonSwept,
  andonRefused,
  accountMergeStarted,
  accountItemMoved,
  accountMerged,
  mailSent,
  mailRejected,
  mailExpired,
];

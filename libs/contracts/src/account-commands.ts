import { z } from "zod";
import { accountFacts } from "./account-items.ts";
import { command } from "./command.ts";
import { secondFactorNeeded } from "./http/account-schemas.ts";
import { personal, sealed } from "./secrecy.ts";
import {
  displayName,
  email,
  locale,
  operationId,
  operatorName,
  operatorReason,
  secondFactorChallengeId,
  secondFactorMethod,
  signInMethod,
  timestamp,
  userId,
} from "./shapes.ts";

const passwordVersion = operationId.meta({ description: "The operation that set the password" });
const passwordHash = sealed(z.string()).meta({ description: "PHC string of argon2id (RFC 9106), keyed" });
const password = sealed(z.string());
const backupCodes = sealed(z.array(z.string()));
/** How many tries in a row had failed before one was right. */
const failuresBefore = z.int().nonnegative();

const ofTries = ["credentials_invalid", "password_attempts_exceeded"] as const;
const ofCodes = ["totp_invalid", "totp_attempts_exceeded"] as const;

/** The identity worker's commands about what an account carries and is proven by. */
export const accountCommands = {
  updateProfile: command({
    name: "identity.updateProfile",
    worker: "identity",
    summary: "Changes what an account says of its user; `null` takes it away.",
    input: z.object({
      userId,
      displayName: displayName.nullable().optional(),
      wantedLocale: locale.nullable().optional(),
    }),
    output: z.object({ profile: z.object({ displayName: displayName.optional(), locale: locale.optional() }) }),
    events: ["user.profileChanged"],
    problems: ["account_required"],
  }),
  changeEmail: command({
    name: "identity.changeEmail",
    worker: "identity",
    summary: "Gives an account the address that was just proven; the old one is free once the new one stands.",
    input: z.object({ userId, email: personal(email) }),
    output: z.object({ changedAt: timestamp }),
    events: ["user.emailChanged"],
    problems: ["email_already_exists", "email_change_superseded"],
  }),
  beginEmailUndo: command({
    name: "identity.beginEmailUndo",
    worker: "identity",
    summary:
      "Gives an account the address back that a change took away, whatever has changed since, and suspends its password. Exactly one operation ever does; nothing else changes address or password until it has ended.",
    input: z.object({ userId, changeId: operationId }),
    output: z.object({ undoneAt: timestamp }),
    events: ["user.emailChanged"],
    problems: ["magic_link_invalid", "magic_link_expired", "token_already_used", "email_already_exists"],
  }),
  endEmailUndo: command({
    name: "identity.endEmailUndo",
    worker: "identity",
    summary:
      "Ends the undoing of a change of address: whatever was asked for before changes neither address nor password any more.",
    input: z.object({ userId, changeId: operationId }),
    output: z.object({ restoredAt: timestamp, email: personal(email), locale: locale.optional() }),
    events: [],
    problems: ["email_change_superseded"],
  }),
  hashPassword: command({
    name: "identity.hashPassword",
    worker: "identity",
    queue: "identity-hash",
    summary:
      "Makes a password's hash (argon2id). A repeat makes the same: its salt follows from the operation, or from the address of a registration.",
    input: z.object({
      password,
      email: personal(email).optional().meta({
        description: "Of a registration: two of one address that choose one password have one hash",
      }),
    }),
    output: z.object({ passwordHash, isShort: z.boolean() }),
    events: [],
    problems: [],
  }),
  verifyPassword: command({
    name: "identity.verifyPassword",
    worker: "identity",
    queue: "identity-hash",
    summary:
      "Tells whose address and password these are. A try is counted before it is compared; it takes as long for no account.",
    input: z.object({ email: personal(email), password }),
    output: z.object({ ...accountFacts, passwordVersion, failuresBefore }),
    events: ["user.passwordFailed"],
    problems: ofTries,
  }),
  checkPassword: command({
    name: "identity.checkPassword",
    worker: "identity",
    queue: "identity-hash",
    summary:
      "Whether a signed-in account knows its password, counted like a sign-in. Without one there is nothing to know.",
    input: z.object({ userId, currentPassword: password.optional() }),
    output: z.object({ passwordVersion: passwordVersion.optional().meta({ description: "Absent: it has none" }) }),
    events: ["user.passwordFailed"],
    problems: ofTries,
  }),
  setPassword: command({
    name: "identity.setPassword",
    worker: "identity",
    summary: "Gives an account a password: one compare-and-set, unless one that was asked for later stands.",
    input: z.object({
      userId,
      passwordHash,
      isShort: z.boolean(),
      linkAskedAt: timestamp
        .optional()
        .meta({ description: "Of a reset: when its link was asked for. A password that was set since stays" }),
      how: z.enum(["changed", "reset"]),
      passwordVersion: passwordVersion.optional().meta({ description: "Of a change: the one that it replaces" }),
    }),
    output: z.object({ passwordSetAt: timestamp }),
    events: ["user.passwordSet"],
    problems: ["credentials_invalid", "password_superseded", "password_too_weak"],
  }),
  confirmPassword: command({
    name: "identity.confirmPassword",
    worker: "identity",
    summary:
      "Whether the password that opened a session is still the account's: asked after the session stands, so that no change is overtaken.",
    input: z.object({ userId, passwordVersion: passwordVersion.optional() }),
    output: z.object({}),
    events: [],
    problems: ["credentials_invalid"],
  }),
  suspendPassword: command({
    name: "identity.suspendPassword",
    worker: "identity",
    summary:
      "Makes a password open nothing until another is set, when a session of somebody else's was opened with it, or stood when it was set.",
    input: z.object({ userId, reportedMethod: signInMethod, reportedOpenedAt: timestamp }),
    output: z.object({
      email: personal(email).optional().meta({
        description: "Absent also when the account came to carry it after the session was opened",
      }),
      locale: locale.optional(),
      isAddressNew: z.literal(true).optional().meta({ description: "It did" }),
    }),
    events: [],
    problems: [],
  }),
  setUpSecondFactor: command({
    name: "identity.setUpSecondFactor",
    worker: "identity",
    summary: "Makes a TOTP secret, which counts once a code of it was shown.",
    input: z.object({ userId }),
    output: z.object({ secret: sealed(z.string()), otpauthUrl: sealed(z.string()) }),
    events: [],
    problems: ["totp_already_enabled", "account_required"],
  }),
  enableSecondFactor: command({
    name: "identity.enableSecondFactor",
    worker: "identity",
    summary: "Turns the second factor on by a code of its secret, which cannot be used again.",
    input: z.object({ userId, code: sealed(z.string()) }),
    output: z.object({ backupCodes }),
    events: ["user.secondFactorEnabled", "user.secondFactorFailed"],
    problems: [...ofCodes, "totp_already_enabled", "totp_not_set_up"],
  }),
  disableSecondFactor: command({
    name: "identity.disableSecondFactor",
    worker: "identity",
    summary: "Turns the second factor off. A password that is too short to stand alone has to be changed before.",
    input: z.object({ userId }),
    output: z.object({ disabledAt: timestamp }),
    events: ["user.secondFactorDisabled"],
    problems: ["totp_not_set_up", "password_too_weak"],
  }),
  liftSecondFactor: command({
    name: "identity.liftSecondFactor",
    worker: "identity",
    summary:
      "Takes an account's second factor away, whatever has failed with it. A password that is too short to stand alone opens nothing from then on.",
    input: z.object({ userId, by: operatorName, reason: operatorReason }),
    output: z.object({ liftedAt: timestamp }),
    events: ["user.secondFactorDisabled", "operator.acted"],
    problems: ["user_not_found", "totp_not_set_up"],
  }),
  regenerateBackupCodes: command({
    name: "identity.regenerateBackupCodes",
    worker: "identity",
    summary: "Makes ten new backup codes; those of before open nothing any more.",
    input: z.object({ userId }),
    output: z.object({ backupCodes }),
    events: ["user.backupCodesMade"],
    problems: ["totp_not_set_up"],
  }),
  beginSecondFactor: command({
    name: "identity.beginSecondFactor",
    worker: "identity",
    summary: "Goes on for an account without a second factor; for one that has it, the sign-in waits for it here.",
    input: z.object({
      userId,
      method: signInMethod,
      passwordVersion: passwordVersion.optional(),
      visitorId: userId.optional(),
      failuresBefore: failuresBefore.optional(),
    }),
    output: z.object({}),
    events: ["secondFactor.asked"],
    problems: [],
    endsWith: secondFactorNeeded,
  }),
  answerSecondFactor: command({
    name: "identity.answerSecondFactor",
    worker: "identity",
    summary: "Spends a sign-in that waits, by a TOTP or backup code. A try is counted before it is compared.",
    input: z.object({ challengeId: secondFactorChallengeId, code: sealed(z.string()) }),
    output: z.object({
      ...accountFacts,
      email: personal(email).optional(),
      method: signInMethod,
      secondFactor: secondFactorMethod,
      passwordVersion: passwordVersion.optional(),
      visitorId: userId.optional(),
      failuresBefore: failuresBefore.optional(),
    }),
    events: ["user.secondFactorFailed", "user.backupCodeUsed"],
    problems: [...ofCodes, "second_factor_expired", "token_already_used"],
  }),
  checkSecondFactor: command({
    name: "identity.checkSecondFactor",
    worker: "identity",
    summary: "Whether a signed-in account has its second factor at hand.",
    input: z.object({ userId, code: sealed(z.string()) }),
    output: z.object({ secondFactor: secondFactorMethod }),
    events: ["user.secondFactorFailed", "user.backupCodeUsed"],
    problems: [...ofCodes, "totp_not_set_up"],
  }),
};

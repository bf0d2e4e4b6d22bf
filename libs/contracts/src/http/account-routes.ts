import { z } from "zod";
import * as flows from "../flows.ts";
import { sealed } from "../secrecy.ts";
import { displayName, locale, secondFactorChallengeId } from "../shapes.ts";
import {
  backupCodes,
  changedEmail,
  reportableSession,
  reportedSession,
  restoredEmail,
  secondFactorSetupShown,
  undoableEmailChange,
  updatedProfile,
} from "./account-schemas.ts";
import { route } from "./route.ts";
import {
  anonymousCredential,
  anyEmail,
  apiBase,
  deviceToken,
  ofBodies,
  ofMails,
  ofVisitors,
  signedIn,
  underWay,
} from "./route-parts.ts";
import { authResult, challenge, me } from "./schemas.ts";

const password = sealed(z.string().min(1).max(1024)).meta({
  description: "15 to 128 characters, any of Unicode; 8 are enough beside a second factor",
});
const linkToken = sealed(z.string().min(1).max(256)).meta({ description: "The `token` of the link" });
const code = sealed(z.string().min(1).max(64)).meta({ description: "Of the authenticator app, or a backup code" });
const ofLanguage = locale.optional().meta({ description: "Language of the mail. Default: by `Accept-Language`" });

export const readMe = route({
  id: "readMe",
  method: "GET",
  path: `${apiBase}/auth/me`,
  auth: "bearer",
  tag: "Accounts",
  summary: "The caller as it stands",
  answers: [{ status: 200, description: "The caller", body: me }],
  problems: [],
});

export const updateMe = route({
  id: "updateMe",
  method: "PATCH",
  path: `${apiBase}/auth/me`,
  auth: "bearer",
  tag: "Accounts",
  summary: "Changes what the caller's account says of its user; a new address counts once its mail was answered",
  body: z.strictObject({
    displayName: displayName.nullable().optional().meta({ description: "`null` takes it away" }),
    locale: locale.nullable().optional().meta({ description: "Language of mails; `null`: the first of all" }),
    email: anyEmail.optional(),
  }),
  answers: [{ status: 200, description: "What it says now", body: updatedProfile }, underWay],
  problems: [...ofBodies, "account_required", "operation_expired"],
  flow: flows.updateProfile,
  stepUp: true,
  limits: ofMails,
});

export const confirmEmailChange = route({
  id: "confirmEmailChange",
  method: "POST",
  path: `${apiBase}/auth/email-changes/verify`,
  auth: "none",
  tag: "Accounts",
  summary: "Gives an account the address whose link was opened; exactly one request ever does",
  body: z.strictObject({ token: linkToken }),
  answers: [{ status: 200, description: "The account carries it", body: changedEmail }, underWay],
  problems: [...ofBodies, "operation_expired"],
  flow: flows.confirmEmailChange,
  limits: ["verify"],
});

export const readEmailChange = route({
  id: "readEmailChange",
  method: "GET",
  path: `${apiBase}/auth/email-changes/undo`,
  auth: "none",
  tag: "Accounts",
  summary: "Which change of address a mail to the old one is about; changes nothing",
  headers: { "X-Link-Token": "The `token` of the link" },
  answers: [{ status: 200, description: "It can be undone", body: undoableEmailChange }],
  problems: ["magic_link_invalid", "token_already_used", "magic_link_expired", "service_unavailable"],
});

export const undoEmailChange = route({
  id: "undoEmailChange",
  method: "POST",
  path: `${apiBase}/auth/email-changes/undo`,
  auth: "none",
  tag: "Accounts",
  summary: "Gives an account its old address back and ends all its sessions. Works once, without being signed in",
  body: z.strictObject({ token: linkToken }),
  answers: [
    { status: 200, description: "The account carries it, and no gateway accepts a session", body: restoredEmail },
    underWay,
  ],
  problems: [...ofBodies, "magic_link_invalid", "token_already_used", "magic_link_expired", "operation_expired"],
  flow: flows.undoEmailChange,
  limits: ["undoPerClient"],
});

export const undoEmailPage = route({
  id: "undoEmailPage",
  method: "GET",
  path: "/auth/undo-email-change",
  auth: "none",
  tag: "Accounts",
  summary: "The page that mails about a changed address lead to: undoes the change when its button is pressed",
  answers: [{ status: 200, description: "The page", body: z.string(), mediaType: "text/html" }],
  problems: [],
});

export const registerPassword = route({
  id: "registerPassword",
  method: "POST",
  path: `${apiBase}/auth/password/register`,
  auth: "none",
  tag: "Passwords",
  summary:
    "Mails a link and a code to an address, alike for every address; answered, a new account has this password, unless the address was registered with another one as well",
  body: z.strictObject({ email: anyEmail, password, locale: ofLanguage }),
  answers: [{ status: 202, description: "The mail will be sent", body: challenge }],
  problems: [...ofBodies, "password_too_weak"],
  flow: flows.registerPassword,
  answersAtOnce: true,
  limits: ofMails,
  optionalHeaders: { "X-Device-Token": deviceToken },
});

export const signInByPassword = route({
  id: "signInByPassword",
  method: "POST",
  path: `${apiBase}/auth/password/login`,
  auth: "none",
  tag: "Passwords",
  summary: "Signs in whoever knows address and password, or asks for the second factor",
  body: z.strictObject({
    email: anyEmail,
    password: sealed(z.string().min(1).max(1024)),
    anonymous: anonymousCredential.optional(),
  }),
  answers: signedIn,
  problems: [...ofBodies, ...ofVisitors, "operation_expired"],
  flow: flows.signInByPassword,
  limits: ["passwordPerAddressAndClient", "passwordPerClient"],
  optionalHeaders: { "X-Device-Token": deviceToken },
});

export const requestPasswordReset = route({
  id: "requestPasswordReset",
  method: "POST",
  path: `${apiBase}/auth/password-resets`,
  auth: "none",
  tag: "Passwords",
  summary: "Mails a link to choose a password, alike for every address",
  body: z.strictObject({ email: anyEmail, locale: ofLanguage }),
  answers: [{ status: 202, description: "The mail will be sent", body: challenge }],
  problems: [...ofBodies],
  flow: flows.requestPasswordReset,
  answersAtOnce: true,
  limits: ofMails,
  optionalHeaders: { "X-Device-Token": deviceToken },
});

export const resetPassword = route({
  id: "resetPassword",
  method: "PATCH",
  path: `${apiBase}/auth/password-resets`,
  auth: "none",
  tag: "Passwords",
  summary: "Chooses the password of the address whose link was opened; every session of the account ends",
  body: z.strictObject({ token: linkToken, password }),
  answers: [{ status: 204, description: "It counts, and every session has ended" }, underWay],
  problems: [
    ...ofBodies,
    "password_too_weak",
    "magic_link_invalid",
    "magic_link_expired",
    "token_already_used",
    "operation_expired",
  ],
  flow: flows.resetPassword,
  limits: ["verify"],
});

export const changePassword = route({
  id: "changePassword",
  method: "PATCH",
  path: `${apiBase}/auth/me/password`,
  auth: "bearer",
  tag: "Passwords",
  summary: "Changes the caller's password; every other session ends",
  body: z.strictObject({
    currentPassword: sealed(z.string().min(1).max(1024))
      .optional()
      .meta({ description: "Absent for an account without one, which must have signed in a short while ago" }),
    newPassword: password,
  }),
  answers: [{ status: 204, description: "It counts, and every other session has ended" }, underWay],
  problems: [...ofBodies, "password_too_weak", "account_required", "operation_expired"],
  flow: flows.changePassword,
  stepUp: true,
  limits: ["passwordPerClient"],
  optionalHeaders: { "X-Device-Token": deviceToken },
});

export const setUpSecondFactor = route({
  id: "setUpSecondFactor",
  method: "POST",
  path: `${apiBase}/auth/2fa/setup`,
  auth: "bearer",
  tag: "Second factor",
  summary: "Makes a secret for an authenticator app, which counts once `enable` was given a code of it",
  body: z.strictObject({}),
  answers: [{ status: 200, description: "The secret, shown this once", body: secondFactorSetupShown }, underWay],
  problems: [...ofBodies, "account_required", "operation_expired"],
  flow: flows.setUpSecondFactor,
  stepUp: true,
});

export const enableSecondFactor = route({
  id: "enableSecondFactor",
  method: "POST",
  path: `${apiBase}/auth/2fa/enable`,
  auth: "bearer",
  tag: "Second factor",
  summary: "Turns the second factor on by a code of it, and gives ten backup codes",
  body: z.strictObject({ code }),
  answers: [{ status: 200, description: "It is on", body: backupCodes }, underWay],
  problems: [...ofBodies, "account_required", "operation_expired"],
  flow: flows.enableSecondFactor,
  stepUp: true,
  limits: ["secondFactorPerClient"],
});

export const verifySecondFactor = route({
  id: "verifySecondFactor",
  method: "POST",
  path: `${apiBase}/auth/2fa/verify`,
  auth: "none",
  tag: "Second factor",
  summary: "Signs in whoever has proven a first factor and knows a code; five tries, ten minutes",
  body: z.strictObject({ challengeId: secondFactorChallengeId, code }),
  answers: signedIn,
  problems: [...ofBodies, "operation_expired"],
  flow: flows.verifySecondFactor,
  limits: ["secondFactorPerClient"],
  optionalHeaders: { "X-Device-Token": deviceToken },
});

export const stepUp = route({
  id: "stepUp",
  method: "POST",
  path: `${apiBase}/auth/2fa/step-up`,
  auth: "bearer",
  tag: "Second factor",
  summary: "Proves the second factor once more in this session, for routes that demand a fresh one",
  body: z.strictObject({ code }),
  answers: [{ status: 200, description: "New tokens of the same session", body: authResult }, underWay],
  problems: [...ofBodies, "account_required", "operation_expired"],
  flow: flows.stepUp,
  limits: ["secondFactorPerClient"],
});

export const regenerateBackupCodes = route({
  id: "regenerateBackupCodes",
  method: "POST",
  path: `${apiBase}/auth/2fa/backup-codes`,
  auth: "bearer",
  tag: "Second factor",
  summary: "Gives ten new backup codes; those of before open nothing any more",
  body: z.strictObject({}),
  answers: [{ status: 200, description: "The codes, shown this once", body: backupCodes }, underWay],
  problems: [...ofBodies, "account_required", "operation_expired"],
  flow: flows.regenerateBackupCodes,
  stepUp: true,
});

export const disableSecondFactor = route({
  id: "disableSecondFactor",
  method: "DELETE",
  path: `${apiBase}/auth/2fa`,
  auth: "bearer",
  tag: "Second factor",
  summary: "Turns the second factor off",
  answers: [{ status: 204, description: "It is off" }, underWay],
  problems: ["account_required", "operation_expired"],
  flow: flows.disableSecondFactor,
  stepUp: true,
});

export const readReport = route({
  id: "readReport",
  method: "GET",
  path: `${apiBase}/auth/sessions/report`,
  auth: "none",
  tag: "Sessions",
  summary: "Which sign-in a mail asks about; changes nothing",
  headers: { "X-Link-Token": "The `token` of the link" },
  answers: [{ status: 200, description: "It can be reported", body: reportableSession }],
  problems: ["magic_link_invalid", "token_already_used", "magic_link_expired", "service_unavailable"],
});

export const reportSession = route({
  id: "reportSession",
  method: "POST",
  path: `${apiBase}/auth/sessions/report`,
  auth: "none",
  tag: "Sessions",
  summary: "Says that a session is not the owner's: it ends. Works once, without being signed in",
  body: z.strictObject({
    token: linkToken,
    others: z.boolean().optional().meta({ description: "Whether all other sessions end too. Default: false" }),
    newPassword: z
      .boolean()
      .optional()
      .meta({ description: "Whether a link to choose a new password is mailed. Default: false" }),
  }),
  answers: [
    { status: 200, description: "It has ended, and no gateway accepts its tokens", body: reportedSession },
    underWay,
  ],
  problems: [...ofBodies, "magic_link_invalid", "token_already_used", "magic_link_expired", "operation_expired"],
  flow: flows.reportSession,
  limits: ["reportPerClient"],
});

export const reportPage = route({
  id: "reportPage",
  method: "GET",
  path: "/auth/not-me",
  auth: "none",
  tag: "Sessions",
  summary: "The page that mails about sign-ins lead to: names the sign-in, and ends it when its button is pressed",
  answers: [{ status: 200, description: "The page", body: z.string(), mediaType: "text/html" }],
  problems: [],
});

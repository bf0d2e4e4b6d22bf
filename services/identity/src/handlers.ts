import type { Handler } from "@lanyard/messaging";
import type { AccountStore } from "./account-store.ts";
import { type AnswerSecondFactorDeps, answerSecondFactor } from "./answer-second-factor.ts";
import { beginEmailUndo } from "./begin-email-undo.ts";
import { beginSecondFactor } from "./begin-second-factor.ts";
import { changeEmail } from "./change-email.ts";
import { type CheckPasswordDeps, checkPassword } from "./check-password.ts";
import { checkSecondFactor } from "./check-second-factor.ts";
import { claimVisitor } from "./claim-visitor.ts";
import { confirmPassword } from "./confirm-password.ts";
import { createAnonymousUser } from "./create-anonymous-user.ts";
import { currentRoles } from "./current-roles.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { disableSecondFactor } from "./disable-second-factor.ts";
import type { EmailUndoStore } from "./email-undo-store.ts";
import { enableSecondFactor } from "./enable-second-factor.ts";
import { endEmailUndo } from "./end-email-undo.ts";
import { ensureUser } from "./ensure-user.ts";
import { hashPassword } from "./hash-password.ts";
import { liftSecondFactor } from "./lift-second-factor.ts";
import type { PasswordStore } from "./passwords/password-store.ts";
import { recordOperatorAction } from "./record-operator-action.ts";
import { redriveDeadLetters } from "./redrive-dead-letters.ts";
import { regenerateBackupCodes } from "./regenerate-backup-codes.ts";
import { setPassword } from "./set-password.ts";
import { setRoles } from "./set-roles.ts";
import { setUpSecondFactor } from "./set-up-second-factor.ts";
import { suspendPassword } from "./suspend-password.ts";
import { updateProfile } from "./update-profile.ts";
import type { UserStore } from "./user-store.ts";
import { type VerifyPasswordDeps, verifyPassword } from "./verify-password.ts";

/** Everything the identity worker does; `now` in ISO 8601. */
export const handlers = (
  deps: Pick<VerifyPasswordDeps & CheckPasswordDeps, "failedTries" | "hashing" | "derivation"> &
    Pick<AnswerSecondFactorDeps, "secondFactors" | "secondFactorChallenges"> & {
      readonly users: UserStore;
      readonly accounts: AccountStore;
      readonly emailUndos: EmailUndoStore;
      readonly passwords: PasswordStore;
      readonly now: () => string;
      /** Milliseconds since the epoch, on the time that all processes share. */
      readonly brokerNow: () => number;
      readonly deadLetters: DeadLetters;
      /** Whose code it is, as authenticator apps show it. */
      readonly totpIssuer: string;
    },
): readonly Handler[] => [
  createAnonymousUser(deps),
  ensureUser(deps),
  currentRoles(deps),
  claimVisitor(deps),
  setRoles(deps),
  updateProfile(deps),
  changeEmail(deps),
  beginEmailUndo(deps),
  endEmailUndo(deps),
  hashPassword(deps),
  verifyPassword(deps),
  checkPassword(deps),
  setPassword(deps),
  confirmPassword(deps),
  suspendPassword(deps),
  setUpSecondFactor(deps),
  enableSecondFactor(deps),
  disableSecondFactor(deps),
  liftSecondFactor(deps),
  regenerateBackupCodes(deps),
  beginSecondFactor(deps),
  answerSecondFactor(deps),
  checkSecondFactor(deps),
  recordOperatorAction(),
  redriveDeadLetters(deps),
];

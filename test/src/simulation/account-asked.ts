/** What somebody asked of an account, and what they showed for it. */
export interface AccountAsked {
  readonly act:
    | "register"
    | "link"
    | "password"
    | "second-factor"
    | "set-up"
    | "enable"
    | "disable"
    | "lift"
    | "backup-codes"
    | "step-up"
    | "change-password"
    | "ask-reset"
    | "reset"
    | "profile"
    | "confirm-email"
    | "report";
  readonly email?: string | undefined;
  readonly userId?: string | undefined;
  /** As it was typed: to get in, or to get in from now on. */
  readonly password?: string | undefined;
  /** What it was to take the place of. */
  readonly oldPassword?: string | undefined;
  /** Of a second factor, as it was typed. */
  readonly code?: string | undefined;
  /** The secret and the step that the code is of; absent: of none. */
  readonly totp?: { readonly secret: string; readonly step: number } | undefined;
  /** The challenge whose link was opened, or the sign-in that waits. */
  readonly challengeId?: string | undefined;
  /** The session in which it was asked, or that was reported. */
  readonly ofSession?: string | undefined;
  /** By somebody who reads no mail of the account. */
  readonly byStranger?: true | undefined;
}

import type { SecondFactorMethod, SignInMethod } from "@lanyard/contracts";

/**
 * What each way of signing in proves (`amr`, RFC 8176). A visitor has proven nothing. It registers `otp` for a code and `pwd`
 * for a password; it has no word for a link in a mail, nor for a code kept for bad days: `email` and `backup_code` are ours.
 */
const OF_METHOD: Record<SignInMethod, readonly string[]> = {
  anonymous: [],
  email_otp: ["otp"],
  magic_link: ["email"],
  password: ["pwd"],
};

const OF_SECOND_FACTOR: Record<SecondFactorMethod, readonly string[]> = {
  totp: ["otp", "mfa"],
  backup_code: ["backup_code", "mfa"],
};

/** What a session's sign-in has proven. */
export const amrOf = (method: SignInMethod, secondFactor?: SecondFactorMethod | undefined): string[] =>
  secondFactor === undefined ? [...OF_METHOD[method]] : withSecondFactor(OF_METHOD[method], secondFactor);

/** The same when a second factor was proven besides, each word once. */
export const withSecondFactor = (amr: readonly string[], secondFactor: SecondFactorMethod): string[] => [
  ...new Set([...amr, ...OF_SECOND_FACTOR[secondFactor]]),
];

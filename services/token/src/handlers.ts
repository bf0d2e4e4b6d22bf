import type { Handler } from "@lanyard/messaging";
import type { SpendByLinkDeps } from "./challenges/spend-by-link.ts";
import { consumeEmailChange } from "./consume-email-change.ts";
import { type ConsumeMagicLinkDeps, consumeMagicLink } from "./consume-magic-link.ts";
import { consumePasswordReset } from "./consume-password-reset.ts";
import { type CreateChallengeDeps, createChallenge } from "./create-challenge.ts";
import { type IssueTokensDeps, issueTokens } from "./issue-tokens.ts";
import { type NoteRegistrationDeps, noteRegistration } from "./note-registration.ts";
import { type RemoveKeyDeps, removeKey } from "./remove-key.ts";
import { type ReplaceKeysDeps, replaceKeys } from "./replace-keys.ts";
import { type RotateKeysDeps, rotateKeys } from "./rotate-keys.ts";
import { type VerifyEmailCodeDeps, verifyEmailCode } from "./verify-email-code.ts";

export type TokenDeps = IssueTokensDeps &
  NoteRegistrationDeps &
  CreateChallengeDeps &
  ConsumeMagicLinkDeps &
  SpendByLinkDeps &
  VerifyEmailCodeDeps &
  RotateKeysDeps &
  RemoveKeyDeps &
  ReplaceKeysDeps;

/** Everything the token worker does. */
export const handlers = (deps: TokenDeps): readonly Handler[] => [
  issueTokens(deps),
  noteRegistration(deps),
  createChallenge(deps),
  consumeMagicLink(deps),
  consumePasswordReset(deps),
  consumeEmailChange(deps),
  verifyEmailCode(deps),
  rotateKeys(deps),
  removeKey(deps),
  replaceKeys(deps),
];

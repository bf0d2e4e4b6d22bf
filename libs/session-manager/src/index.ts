export { type AccessTokenClaims, accessTokenClaims } from "./access-token-claims.ts";
export {
  type AccessTokenVerifier,
  type AccessTokenVerifierOptions,
  accessTokenVerifier,
  type KeySource,
  type Verification,
} from "./access-token-verifier.ts";
export {
  type ChallengeToken,
  challengedAt,
  challengeIdOf,
  isChallengeId,
  type LinkUse,
  linkHashOf,
  linkSecretOf,
  linkUseOf,
  makeChallengeToken,
  provesLink,
  readChallengeToken,
} from "./challenge-token.ts";
export { type AccountDevice, makeDeviceToken, readDeviceToken } from "./device-token.ts";
export { makeEmailUndoToken, readEmailUndoToken, type UndoableChange } from "./email-undo-token.ts";
export {
  acceptedKeysAt,
  generationAtOnce,
  generationDueAt,
  type KeyPolicy,
  nextGeneration,
  type ScheduledKey,
  signingKeyAt,
} from "./key-schedule.ts";
export { isInScope, type PulledSession, type SignInAddress } from "./pulls/is-in-scope.ts";
export { type Pull, type PullCheck, PullIndex, type StampedSession } from "./pulls/pull-index.ts";
export { PullLog } from "./pulls/pull-log.ts";
export { signInAddressOf, stampedSession } from "./pulls/stamped-session.ts";
export { makeRefreshToken, type RefreshGrant, readRefreshToken } from "./refresh-token.ts";
export { type AskedSession, makeReportToken, readReportToken } from "./report-token.ts";
export { isSecondFactorChallengeId, secondFactorChallengeIdOf } from "./second-factor-challenge-id.ts";
export { signAccessToken } from "./sign-access-token.ts";
export {
  importPublicKey,
  importSigningKey,
  type NewSigningKey,
  newSigningKey,
  type PrivateJwk,
  type PublicJwk,
  type SigningKey,
} from "./signing-key.ts";

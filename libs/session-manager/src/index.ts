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
  linkHashOf,
  linkSecretOf,
  makeChallengeToken,
  provesLink,
  readChallengeToken,
} from "./challenge-token.ts";
export {
  acceptedKeysAt,
  generationDueAt,
  type KeyPolicy,
  nextGeneration,
  type ScheduledKey,
  signingKeyAt,
} from "./key-schedule.ts";
export { makeRefreshToken, type RefreshGrant, readRefreshToken } from "./refresh-token.ts";
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

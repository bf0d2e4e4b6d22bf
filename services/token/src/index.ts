export { type AddressAttempts, addressAttempts } from "./challenges/address-attempts.ts";
export { type Challenge, type ChallengeStore, challengeStore } from "./challenges/challenge-store.ts";
export { derivedCodes, type EmailCodes, fixedCodes } from "./challenges/email-codes.ts";
export { type Registrations, registrations } from "./challenges/registrations.ts";
export { handlers, type TokenDeps } from "./handlers.ts";
export { type SigningKeyRecord, type SigningKeyStore, signingKeyStore } from "./signing-keys/signing-key-store.ts";
export { SigningKeys, type SigningKeysOptions } from "./signing-keys/signing-keys.ts";

export { handlers } from "./handlers.ts";
export type { IssueTokensDeps } from "./issue-tokens.ts";
export { type SigningKeyRecord, type SigningKeyStore, signingKeyStore } from "./signing-keys/signing-key-store.ts";
export { SigningKeys, type SigningKeysOptions } from "./signing-keys/signing-keys.ts";

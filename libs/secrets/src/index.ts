export { asUuid, type Derivation, derivation, type Purpose } from "./derivation.ts";
export { type Key, type Keyring, keyNamed, parseKeyring, UnknownKey } from "./keyring.ts";
export { SealBroken, type Sealing, sealing } from "./sealing.ts";

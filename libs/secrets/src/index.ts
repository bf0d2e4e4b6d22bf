export { type AuditMarks, auditMarks, contentDigest, type MarkCheck, type MarkedKind } from "./audit-marks.ts";
export { asUuid, type Derivation, derivation, type Purpose } from "./derivation.ts";
export { type Key, type Keyring, keyNamed, parseKeyring, UnknownKey } from "./keyring.ts";
export { SealBroken, type Sealing, sealing } from "./sealing.ts";

import { timingSafeEqual } from "node:crypto";
import { BACKUP_CODES } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";

/** Crockford's base32: no letter that reads as a digit, and no U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 50 bits each. */
const LENGTH = 10;

/** Ten codes that follow from the operation, as they are shown: `XXXXX-XXXXX`. @throws UnknownKey */
export const backupCodesOf = (derivation: Derivation, kid: string, operationId: string): string[] =>
  Array.from({ length: BACKUP_CODES }, (_, index) => {
    const bytes = derivation.bytes(kid, "backup-code", operationId, String(index)).subarray(0, LENGTH);
    const code = [...bytes].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
    return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
  });

/** The one spelling of a code, however it was typed; `undefined`: it cannot be one. */
export function normalBackupCode(typed: string): string | undefined {
  const code = typed.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  return code.length === LENGTH && [...code].every((letter) => ALPHABET.includes(letter)) ? code : undefined;
}

/** What is kept of a code, in its one spelling. @throws UnknownKey */
export const backupCodeHash = (derivation: Derivation, kid: string, userId: string, code: string): string =>
  derivation.bytes(kid, "backup-code-hash", userId, code).toString("base64url");

/** Whether two hashes are one; compares in constant time. */
export const isSameHash = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

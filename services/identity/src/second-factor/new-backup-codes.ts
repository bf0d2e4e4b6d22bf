import type { Derivation } from "@lanyard/secrets";
import { backupCodeHash, backupCodesOf, normalBackupCode } from "./backup-codes.ts";
import type { NewBackupCodes } from "./decide-second-factor.ts";

/** The ten codes of an operation, as they are shown and as they are kept. @throws UnknownKey */
export function newBackupCodes(
  derivation: Derivation,
  { derivationKid: kid, operationId, userId }: { derivationKid: string; operationId: string; userId: string },
): { readonly shown: string[]; readonly kept: NewBackupCodes } {
  const shown = backupCodesOf(derivation, kid, operationId);
  const hashes = shown.map((code) => backupCodeHash(derivation, kid, userId, normalBackupCode(code) ?? code));
  return { shown, kept: { hashes, kid } };
}

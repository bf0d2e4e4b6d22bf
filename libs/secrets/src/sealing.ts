import { CompactEncrypt, compactDecrypt, errors } from "jose";
import { type Keyring, keyNamed, UnknownKey } from "./keyring.ts";

/** The box was changed, is no box, or was sealed for another place. */
export class SealBroken extends Error {
  constructor() {
    super("a sealed value does not open here");
    this.name = "SealBroken";
  }
}

/** Sealing of secrets at rest and under way: JWE compact, `dir` with A256GCM (RFC 7516, 7518). */
export interface Sealing {
  /** Seals a JSON value for one place, as `op_…/tokens`; the place is authenticated, not hidden. */
  seal(value: unknown, place: string): Promise<string>;
  /** Opens what was sealed for this very place. @throws SealBroken @throws UnknownKey */
  open(box: string, place: string): Promise<unknown>;
}

export function sealing(keyring: Keyring): Sealing {
  return {
    seal: (value, place) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: keyring.current.kid, place })
        .encrypt(keyring.current.bytes),
    async open(box, place) {
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(
          box,
          (header) => keyNamed(keyring, String(header.kid)).bytes,
          { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] },
        );
        if (protectedHeader["place"] !== place) throw new SealBroken();
        return JSON.parse(new TextDecoder().decode(plaintext)) as unknown;
      } catch (error) {
        if (error instanceof UnknownKey) throw error;
        if (error instanceof errors.JOSEError || error instanceof SyntaxError || error instanceof TypeError)
          throw new SealBroken();
        throw error;
      }
    },
  };
}

import type { Derivation } from "@lanyard/secrets";

/** The name of an address (in its normal form) that is kept in its place: the same whichever key is the current one. */
export function addressName(derivation: Derivation, email: string): string {
  const [kid = derivation.currentKid] = derivation.kids.toSorted();
  return derivation.bytes(kid, "address-hash", email).toString("base64url");
}

import { hash } from "node:crypto";
import { type Derivation, type Purpose, SealBroken, type Sealing } from "@lanyard/secrets";
import { type AccessTokenClaims, accessTokenClaims } from "@lanyard/session-manager";

/**
 * Sealing and signing that end at once, so that a seed always runs alike: the real ones use other threads, whose order is
 * nobody's to choose. Same ports, same guarantees: bound to a place, refused when changed.
 */
export function simulatedSealing(): Sealing {
  /** What is in each box, and where it belongs. A box says nothing of either, and nobody can make one up. */
  const boxes = new Map<string, { readonly text: string; readonly place: string }>();
  return {
    async seal(value, place) {
      const box = hash("sha256", `box ${boxes.size}`, "base64url");
      boxes.set(box, { text: JSON.stringify(value), place });
      return box;
    },
    async open(box, place) {
      const found = boxes.get(box);
      if (found?.place !== place) throw new SealBroken();
      return JSON.parse(found.text) as unknown;
    },
  };
}

export function simulatedSigning(derivation: Derivation) {
  /** A token says the same every time it is read. */
  const known = new Map<string, AccessTokenClaims>();
  return {
    async sign(claims: AccessTokenClaims): Promise<string> {
      const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
      return `${payload}.${derivation.mac("identifier", payload)}`;
    },
    read(token: string): AccessTokenClaims | undefined {
      const before = known.get(token);
      if (before !== undefined) return before;
      const [payload = "", ...mac] = token.split(".");
      if (!derivation.verifies(mac.join("."), "identifier", payload)) return undefined;
      const claims = accessTokenClaims.parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
      known.set(token, claims);
      return claims;
    },
  };
}

/** The same functions; what was computed once is not computed again, which is most of it: who reads a MAC has made it. */
export function rememberingDerivation(derivation: Derivation): Derivation {
  const { currentKid, kids } = derivation;
  const bytes = remembering((kid, purpose, parts) => derivation.bytes(kid, purpose, ...parts));
  const mac = remembering((_, purpose, parts) => derivation.mac(purpose, ...parts));
  return {
    currentKid,
    kids,
    bytes: (kid, purpose, ...parts) => Buffer.from(bytes(kid, purpose, parts)),
    uuid: (kid, purpose, ...parts) => derivation.uuid(kid, purpose, ...parts),
    mac: (purpose, ...parts) => mac(currentKid, purpose, parts),
    verifies: (given, purpose, ...parts) =>
      given === mac(currentKid, purpose, parts) || derivation.verifies(given, purpose, ...parts),
  };
}

type Compute<Result> = (kid: string, purpose: Purpose, parts: readonly string[]) => Result;

function remembering<Result>(compute: Compute<Result>): Compute<Result> {
  const results = new Map<string, Result>();
  return (kid, purpose, parts) => {
    const asked = parts.length === 1 ? parts[0] : parts.map((part) => `${part.length}:${part}`).join("");
    const name = `${kid} ${purpose} ${parts.length} ${asked}`;
    const before = results.get(name);
    if (before !== undefined) return before;
    const result = compute(kid, purpose, parts);
    results.set(name, result);
    return result;
  };
}

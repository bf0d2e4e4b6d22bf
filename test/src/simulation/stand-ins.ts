import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { type Derivation, SealBroken, type Sealing } from "@lanyard/secrets";
import { type AccessTokenClaims, accessTokenClaims } from "@lanyard/session-manager";

/**
 * Sealing and signing that end at once, so that a seed always runs alike: the real ones use other threads, whose order is
 * nobody's to choose. Same ports, same guarantees: bound to a place, refused when changed.
 */
export function simulatedSealing(): Sealing {
  const key = createHash("sha256").update("simulation").digest();
  let boxes = 0;
  return {
    async seal(value, place) {
      boxes += 1;
      const iv = Buffer.alloc(12);
      iv.writeUInt32BE(boxes);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(place));
      const text = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
      return [iv, text, cipher.getAuthTag()].map((part) => part.toString("base64url")).join(".");
    },
    async open(box, place) {
      const [iv, text, tag] = box.split(".").map((part) => Buffer.from(part, "base64url"));
      if (iv === undefined || text === undefined || tag === undefined) throw new SealBroken();
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(place)).setAuthTag(tag);
        return JSON.parse(Buffer.concat([decipher.update(text), decipher.final()]).toString()) as unknown;
      } catch {
        throw new SealBroken();
      }
    },
  };
}

export const simulatedSigning = (derivation: Derivation) => ({
  async sign(claims: AccessTokenClaims): Promise<string> {
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return `${payload}.${derivation.mac("identifier", payload)}`;
  },
  read(token: string): AccessTokenClaims | undefined {
    const [payload = "", ...mac] = token.split(".");
    if (!derivation.verifies(mac.join("."), "identifier", payload)) return undefined;
    return accessTokenClaims.parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
  },
});

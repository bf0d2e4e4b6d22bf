import { timingSafeEqual } from "node:crypto";
import type { Derivation, Purpose } from "@lanyard/secrets";

const ID_BYTES = 16;
const TAG_BYTES = 16;

/** Some ids under a tag that only this deployment can make: base64url, after a prefix that says what for. */
export interface TaggedIds {
  /** By the current key; as many UUIDs as it has. */
  make(derivation: Derivation, ...ids: readonly string[]): string;
  /** The ids, if any key of this deployment made it; compares in constant time. */
  read(derivation: Derivation, token: string): readonly string[] | undefined;
}

/** `prefix`, `count` UUIDs and the tag of them all, 16 bytes each. Nothing has to be stored to know it again. */
export function taggedIds(prefix: string, purpose: Purpose, count: number): TaggedIds {
  const tagOf = (derivation: Derivation, kid: string, ids: Buffer): Buffer =>
    derivation.bytes(kid, purpose, ids.toString("hex")).subarray(0, TAG_BYTES);
  return {
    make(derivation, ...given) {
      if (given.length !== count) throw new TypeError(`${count} ids, and not ${given.length}`);
      const ids = Buffer.concat(given.map(bytesOf));
      return `${prefix}${Buffer.concat([ids, tagOf(derivation, derivation.currentKid, ids)]).toString("base64url")}`;
    },
    read(derivation, token) {
      if (!token.startsWith(prefix)) return undefined;
      const encoded = token.slice(prefix.length);
      const bytes = Buffer.from(encoded, "base64url");
      // One spelling for each token.
      if (bytes.length !== count * ID_BYTES + TAG_BYTES || bytes.toString("base64url") !== encoded) return undefined;
      const ids = bytes.subarray(0, count * ID_BYTES);
      const tag = bytes.subarray(count * ID_BYTES);
      if (!derivation.kids.some((kid) => timingSafeEqual(tagOf(derivation, kid, ids), tag))) return undefined;
      return Array.from({ length: count }, (_, at) => uuidOf(ids.subarray(at * ID_BYTES, (at + 1) * ID_BYTES)));
    },
  };
}

const bytesOf = (uuid: string): Buffer => {
  const bytes = Buffer.from(uuid.replaceAll("-", ""), "hex");
  if (bytes.length !== ID_BYTES) throw new TypeError("no UUID");
  return bytes;
};

const uuidOf = (bytes: Buffer): string =>
  bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

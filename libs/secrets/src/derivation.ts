import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto";
import { type Key, type Keyring, keyNamed } from "./keyring.ts";

/** What a derived value or a MAC is for: each purpose has a key of its own, so that none passes for another. */
export type Purpose =
  | "envelope-command"
  | "envelope-reply"
  | "envelope-event"
  | "identifier"
  | "operation-caller"
  | "operation-secret"
  | "refresh-token"
  | "challenge-id"
  | "magic-link-token"
  | "magic-link-hash"
  | "email-code"
  | "email-code-hash"
  | "password-reset-token"
  | "password-reset-hash"
  | "email-change-token"
  | "email-change-hash"
  | "second-factor-challenge-id"
  | "totp-secret"
  | "backup-code"
  | "backup-code-hash"
  | "password-salt"
  | "password-pepper"
  | "registration-password"
  | "device-token"
  | "report-token"
  | "email-undo-token"
  | "audit-seal"
  | "address-hash"
  | "ops-key-hash"
  | "rate-limit"
  | "idempotency-key"
  | "request-fingerprint"
  | "log-hash"
  | "message-group";

/** Keyed functions over the derivation keys (HMAC-SHA256 under HKDF-SHA256 subkeys, RFC 2104 and 5869). */
export interface Derivation {
  readonly currentKid: string;
  /** All configured keys, the current first. */
  readonly kids: readonly string[];
  /** 32 bytes that follow from key, purpose and parts alone. @throws UnknownKey */
  bytes(kid: string, purpose: Purpose, ...parts: readonly string[]): Buffer;
  /** A UUID (version 8, RFC 9562) that follows from key, purpose and parts alone. @throws UnknownKey */
  uuid(kid: string, purpose: Purpose, ...parts: readonly string[]): string;
  /** MAC by the current key, as `kid.base64url`. */
  mac(purpose: Purpose, ...parts: readonly string[]): string;
  /** Whether any configured key made this MAC; compares in constant time. */
  verifies(mac: string, purpose: Purpose, ...parts: readonly string[]): boolean;
}

export function derivation(keyring: Keyring): Derivation {
  const subkeys = new Map<string, KeyObject>();
  const subkey = (key: Key, purpose: Purpose): KeyObject => {
    const name = `${key.kid}/${purpose}`;
    const known = subkeys.get(name);
    if (known !== undefined) return known;
    // A KeyObject: with bytes in its place, every HMAC would pay for importing them again.
    const made = createSecretKey(
      new Uint8Array(hkdfSync("sha256", key.bytes, new Uint8Array(0), `lanyard/${purpose}`, 32)),
    );
    subkeys.set(name, made);
    return made;
  };
  const hmac = (key: Key, purpose: Purpose, parts: readonly string[]): Buffer => {
    const mac = createHmac("sha256", subkey(key, purpose));
    // Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ.
    return mac.update(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join("")).digest();
  };
  return {
    currentKid: keyring.current.kid,
    kids: keyring.all.map((key) => key.kid),
    bytes: (kid, purpose, ...parts) => hmac(keyNamed(keyring, kid), purpose, parts),
    uuid: (kid, purpose, ...parts) => asUuid(hmac(keyNamed(keyring, kid), purpose, parts)),
    mac: (purpose, ...parts) => `${keyring.current.kid}.${hmac(keyring.current, purpose, parts).toString("base64url")}`,
    verifies(mac, purpose, ...parts) {
      const [kid, encoded = ""] = mac.split(".");
      const key = keyring.all.find((candidate) => candidate.kid === kid);
      if (key === undefined) return false;
      const given = Buffer.from(encoded, "base64url");
      const expected = hmac(key, purpose, parts);
      return (
        given.length === expected.length && timingSafeEqual(given, expected) && given.toString("base64url") === encoded
      );
    },
  };
}

/** A UUID (version 8, RFC 9562) made of the first 16 of these bytes. */
export function asUuid(bytes: Uint8Array): string {
  const id = Buffer.from(bytes.subarray(0, 16));
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x80, 6);
  id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8);
  return id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

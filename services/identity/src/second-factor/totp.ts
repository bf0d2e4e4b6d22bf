import { Secret, TOTP } from "otpauth";

/** What authenticator apps expect (RFC 6238): SHA-1, six digits, thirty seconds. */
const totp = { algorithm: "SHA1", digits: 6, period: 30 };
/** How many steps a phone's clock may be off, either way. */
const WINDOW = 1;

/** The secret as people type it and apps read it: base32 (RFC 4648). */
export const secretText = (secret: Uint8Array): string => new Secret({ buffer: Uint8Array.from(secret).buffer }).base32;

/** The address that an authenticator app reads off a QR code; `account` is what it shows beside the code. */
export const otpauthUrlOf = (secret: string, { issuer, account }: { issuer: string; account: string }): string =>
  new TOTP({ ...totp, issuer, label: account, secret: Secret.fromBase32(secret) }).toString();

/**
 * The time step whose code this is: the one of `atMs` (milliseconds since the epoch), or a neighbour of it. `undefined`: the
 * code of none of them. Compares in constant time.
 */
export function stepOf(secret: string, code: string, atMs: number): number | undefined {
  const given = { ...totp, secret: Secret.fromBase32(secret), token: code, timestamp: atMs, window: WINDOW };
  const offset = TOTP.validate(given);
  return offset === null ? undefined : TOTP.counter({ period: totp.period, timestamp: atMs }) + offset;
}

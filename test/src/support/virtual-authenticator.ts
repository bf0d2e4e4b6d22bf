import { createHmac } from "node:crypto";

const STEP_MS = 30_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The number of the 30 seconds that a time is in (RFC 6238). */
export const totpStepAt = (now: number): number => Math.floor(now / STEP_MS);

/** What an authenticator app shows: six digits for a secret, in base32, and a step. */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", bytesOf(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

/** A code that no step near `step` shows. */
export function wrongTotpCode(secret: string, step: number, turn = 0): string {
  const near = [-3, -2, -1, 0, 1, 2, 3].map((by) => totpCode(secret, step + by));
  for (let code = turn; ; code += 1) {
    const wrong = String(code % 1_000_000).padStart(6, "0");
    if (!near.includes(wrong)) return wrong;
  }
}

function bytesOf(base32: string): Buffer {
  const bits = [...base32.replace(/=+$/, "").toUpperCase()]
    .map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

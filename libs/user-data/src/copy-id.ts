import { createHash } from "node:crypto";

/**
 * The id of an item's copy at the account it moves to, alike whoever moves it: UUIDv8 (RFC 9562) of a SHA-256. An item's id
 * cannot be guessed, so neither can this.
 */
export function copyIdOf(userId: string, itemId: string): string {
  const bytes = createHash("sha256").update(`lanyard moved item/${userId}/${itemId}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

import { timingSafeEqual } from "node:crypto";
import type { Caller } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";

/** Operations are remembered this long; afterwards their ids name nothing. */
export const OPERATION_KEPT_MS = 24 * 3600_000;

/**
 * Makes the id of a new operation: UUIDv7 (RFC 9562: the time of receipt, then `random`), then a tag that binds it to its
 * caller. So a gateway can tell, without having stored anything, that an id is one of ours, how old it is, and whose.
 * The tag is made with the key `kid`; default: the current one.
 */
export function newOperationId(
  derivation: Derivation,
  caller: Caller,
  now: number,
  random: Uint8Array,
  kid: string = derivation.currentKid,
): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.set(random.subarray(0, 10), 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const stem = bytes.toString("hex");
  return `op_${stem}${tag(derivation, kid, stem, caller)}`;
}

/** Whether this deployment made the id for this caller; compares in constant time. */
export function isOperationOf(derivation: Derivation, operationId: string, caller: Caller): boolean {
  const parts = /^op_([0-9a-f]{32})([A-Za-z0-9_-]{22})$/.exec(operationId);
  const [, stem = "", given = ""] = parts ?? [];
  return derivation.kids.some((kid) =>
    timingSafeEqual(Buffer.from(tag(derivation, kid, stem, caller)), Buffer.from(given.padEnd(22))),
  );
}

/** When the gateway received the operation, milliseconds since the epoch. */
export const receivedAtOf = (operationId: string): number => Number.parseInt(operationId.slice(3, 15), 16);

const tag = (derivation: Derivation, kid: string, stem: string, caller: Caller): string =>
  derivation
    .bytes(kid, "operation-caller", stem, caller.kind, caller.kind === "user" ? caller.userId : "")
    .subarray(0, 16)
    .toString("base64url");

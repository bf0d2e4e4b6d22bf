/** The order n of the curve P-256 (SP 800-186). */
export const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const scalarBytes = 32;
const orderBytes = bytesOf(p256Order);
const halfOrderBytes = bytesOf(p256Order >> 1n);
const zeroBytes = Buffer.alloc(scalarBytes);

/** Length of an ES256 signature: r and s, 32 bytes each (RFC 7518, section 3.4). */
export const signatureBytes = 2 * scalarBytes;

/**
 * The same signature with s ≤ n/2. ECDSA takes (r, n − s) wherever it takes (r, s), so without this rule anyone could turn
 * one token into a second spelling of it.
 */
export function toLowS(signature: Uint8Array): Buffer {
  const r = Buffer.from(signature.subarray(0, scalarBytes));
  const s = Buffer.from(signature.subarray(scalarBytes));
  return Buffer.concat([r, Buffer.compare(s, halfOrderBytes) > 0 ? negated(s) : s]);
}

/** Whether r is in 1 … n−1 and s in 1 … n/2: the only form in which a signature is ever checked. */
export function isLowS(signature: Uint8Array): boolean {
  if (signature.length !== signatureBytes) return false;
  const r = signature.subarray(0, scalarBytes);
  const s = signature.subarray(scalarBytes);
  return (
    Buffer.compare(r, zeroBytes) > 0 &&
    Buffer.compare(r, orderBytes) < 0 &&
    Buffer.compare(s, zeroBytes) > 0 &&
    Buffer.compare(s, halfOrderBytes) <= 0
  );
}

function negated(s: Buffer): Buffer {
  return bytesOf(p256Order - BigInt(`0x${s.toString("hex")}`));
}

function bytesOf(scalar: bigint): Buffer {
  return Buffer.from(scalar.toString(16).padStart(2 * scalarBytes, "0"), "hex");
}

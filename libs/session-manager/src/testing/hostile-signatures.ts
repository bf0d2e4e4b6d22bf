import { sign } from "node:crypto";
import { p256Order } from "../p256-signature.ts";
import {
  encode,
  es256,
  type Forge,
  type HostileContext,
  type HostileToken,
  named,
  partsOf,
  privateKeyObject,
} from "./forge.ts";

const scalar = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

/** The genuine token with a signature that is not, or not any more, the one that was made. */
export function hostileSignatures({ signingKey, otherKey }: HostileContext, forge: Forge): HostileToken[] {
  const { header, claims, token } = forge;
  const [encodedHeader, encodedPayload, encodedSignature] = partsOf(token());
  const input = `${encodedHeader}.${encodedPayload}`;
  const genuine = Buffer.from(encodedSignature, "base64url");
  const [r, s] = [genuine.subarray(0, 32), genuine.subarray(32)];
  const zero = scalar(0n);
  const one = scalar(1n);
  const order = scalar(p256Order);
  const der = sign("sha256", Buffer.from(input), privateKeyObject(signingKey.privateJwk));
  const stretched = { ...claims, exp: claims.exp + 60 };
  const [, , signatureOfAnother] = partsOf(token({ payload: stretched }));

  const withSignature = (...bytes: Uint8Array[]): string => `${input}.${encode(Buffer.concat(bytes))}`;
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(genuine);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy;
  };
  return [
    ...named("signature of values that prove nothing (CVE-2022-21449)", {
      "64 zero bytes": withSignature(zero, zero),
      "r = 0": withSignature(zero, s),
      "s = 0": withSignature(r, zero),
      "r = s = 1": withSignature(one, one),
      "r = 0, s = 1": withSignature(zero, one),
      "r = 1, s = 0": withSignature(one, zero),
      "r = n": withSignature(order, s),
      "s = n": withSignature(r, order),
      "r = s = n": withSignature(order, order),
      "r = n, s = 1": withSignature(order, one),
      "r = s": withSignature(r, r),
      "all bits set": withSignature(Buffer.alloc(64, 0xff)),
      "zeros in DER": `${input}.MAYCAQACAQA`,
      "zero as one byte": withSignature(Buffer.of(0)),
    }),
    ...named("signature malleated", {
      "n − s": withSignature(r, scalar(p256Order - number(s))),
      "n − r": withSignature(scalar(p256Order - number(r)), s),
      "s and r swapped": withSignature(s, r),
      "first bit of r": withSignature(flipped(31)),
      "last bit of s": withSignature(flipped(63)),
    }),
    ...named("signature in another form", {
      DER: withSignature(der),
      hexadecimal: `${input}.${genuine.toString("hex")}`,
      empty: `${input}.`,
      "a byte short": withSignature(genuine.subarray(0, 63)),
      half: withSignature(r),
      "a zero byte longer": withSignature(genuine, Buffer.of(0)),
      "a zero byte in front": withSignature(Buffer.of(0), genuine),
      "r and s in 33 bytes each": withSignature(Buffer.of(0), r, Buffer.of(0), s),
      "r and s little-endian": withSignature(Buffer.from(r).reverse(), Buffer.from(s).reverse()),
      twice: withSignature(genuine, genuine),
    }),
    ...named("signature of something else", {
      "of another token": `${input}.${signatureOfAnother}`,
      "on a changed payload": `${encodedHeader}.${encode(stretched)}.${encodedSignature}`,
      "on a payload with a new role": `${encodedHeader}.${encode({ ...claims, roles: ["admin"] })}.${encodedSignature}`,
      "on a changed header": `${encode({ ...header, kid: otherKey.kid })}.${encodedPayload}.${encodedSignature}`,
      "of the payload alone": withSignature(es256(encodedPayload, signingKey.privateJwk)),
      "of the decoded text": withSignature(es256(`${JSON.stringify(header)}.${forge.payload}`, signingKey.privateJwk)),
      "over SHA-384": withSignature(es256(input, signingKey.privateJwk, "sha384")),
      "over SHA-512": withSignature(es256(input, signingKey.privateJwk, "sha512")),
      "over SHA-1": withSignature(es256(input, signingKey.privateJwk, "sha1")),
      "by another key": withSignature(es256(input, otherKey.privateJwk)),
    }),
  ];
}

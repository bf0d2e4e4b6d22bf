import { createPrivateKey, sign } from "node:crypto";
import type { AccessTokenClaims } from "../access-token-claims.ts";
import { toLowS } from "../p256-signature.ts";
import type { NewSigningKey, PrivateJwk } from "../signing-key.ts";

export interface HostileContext {
  /** The key that the verifier trusts: most forgeries are signed with it, so that only the check in question can refuse. */
  readonly signingKey: NewSigningKey;
  /** A key that the verifier has never heard of. */
  readonly otherKey: NewSigningKey;
  /** Claims that the verifier accepts at `now`. */
  readonly claims: AccessTokenClaims;
  readonly issuer: string;
  readonly audience: string;
  /** The verifier's clock, Unix milliseconds. */
  readonly now: number;
}

export interface HostileToken {
  readonly name: string;
  readonly token: string;
}

/** Text and bytes are taken as they are, anything else as JSON. */
export type Part = string | Uint8Array | object | null;

/** Signs anything at all, with the trusted key unless told otherwise. */
export interface Forge {
  readonly header: { readonly alg: string; readonly typ: string; readonly kid: string };
  readonly claims: AccessTokenClaims;
  /** The genuine payload, as text to be spoilt. */
  readonly payload: string;
  /** A token of these parts, genuine where none is given. */
  token(parts?: { header?: Part; payload?: Part; key?: PrivateJwk }): string;
  /** Signs parts that are encoded already, well or badly. */
  signed(encodedHeader: string, encodedPayload: string, key?: PrivateJwk): string;
}

export function forge({ signingKey, claims: given, issuer, audience }: HostileContext): Forge {
  const header = { alg: "ES256", typ: "at+jwt", kid: signingKey.kid };
  const claims = { ...given, iss: issuer, aud: audience };
  const payload = JSON.stringify(claims);
  const signed: Forge["signed"] = (encodedHeader, encodedPayload, key = signingKey.privateJwk) => {
    const input = `${encodedHeader}.${encodedPayload}`;
    return `${input}.${encode(es256(input, key))}`;
  };
  return {
    header,
    claims,
    payload,
    signed,
    token: (parts = {}) => {
      const { header: front = header, payload: body = payload, key } = parts;
      return signed(encode(front), encode(body), key);
    },
  };
}

export function encode(part: Part): string {
  const isRaw = typeof part === "string" || part instanceof Uint8Array;
  return Buffer.from(isRaw ? part : JSON.stringify(part)).toString("base64url");
}

/** A low-S ES256 signature, 64 bytes. */
export function es256(input: string, privateJwk: PrivateJwk, digest = "sha256"): Buffer {
  return toLowS(sign(digest, Buffer.from(input), { key: privateKeyObject(privateJwk), dsaEncoding: "ieee-p1363" }));
}

export function privateKeyObject({ kty, crv, x, y, d }: PrivateJwk): ReturnType<typeof createPrivateKey> {
  return createPrivateKey({ key: { kty, crv, x, y, d }, format: "jwk" });
}

/** The three parts of a token that is known to have three. */
export function partsOf(token: string): [header: string, payload: string, signature: string] {
  const [header = "", payload = "", signature = ""] = token.split(".");
  return [header, payload, signature];
}

/** Names every token of a record. */
export function named(topic: string, tokens: Readonly<Record<string, string>>): HostileToken[] {
  return Object.entries(tokens).map(([name, token]) => ({ name: `${topic}: ${name}`, token }));
}

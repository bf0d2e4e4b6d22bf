import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from "jose";

/** The half that everyone may see, as it stands in `/.well-known/jwks.json` (RFC 7517). */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

/** The secret half: to be sealed wherever it rests or travels. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string;
}

export interface NewSigningKey {
  readonly kid: string;
  readonly publicJwk: PublicJwk;
  readonly privateJwk: PrivateJwk;
}

/** What `signAccessToken` signs with; the key cannot be read back out. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

/** Makes a P-256 key pair whose `kid` is its RFC 7638 thumbprint, so that one name never means two keys. */
export async function newSigningKey(): Promise<NewSigningKey> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { x, y, d } = await exportJWK(privateKey);
  if (x === undefined || y === undefined || d === undefined) throw new TypeError("a P-256 key lacks a coordinate");
  const kid = await thumbprint({ kty: "EC", crv: "P-256", x, y });
  const publicJwk: PublicJwk = { kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" };
  return { kid, publicJwk, privateJwk: { ...publicJwk, d } };
}

/**
 * Reads a private key that `newSigningKey` made.
 * @throws TypeError for another kind of key, or when its `kid` is not its thumbprint.
 */
export async function importSigningKey(privateJwk: PrivateJwk): Promise<SigningKey> {
  const { x, y, d } = privateJwk;
  await refuseStrangers(privateJwk);
  const key = await importJWK({ kty: "EC", crv: "P-256", x, y, d }, "ES256", { extractable: false });
  return { kid: privateJwk.kid, privateKey: asymmetric(key, "private") };
}

/**
 * Reads a public key for verification; a private part is left behind.
 * @throws TypeError for another kind of key, or when its `kid` is not its thumbprint.
 */
export async function importPublicKey(publicJwk: PublicJwk): Promise<CryptoKey> {
  const { x, y } = publicJwk;
  await refuseStrangers(publicJwk);
  return asymmetric(await importJWK({ kty: "EC", crv: "P-256", x, y }, "ES256"), "public");
}

async function refuseStrangers(jwk: PublicJwk): Promise<void> {
  if (jwk.kty !== "EC" || jwk.crv !== "P-256" || jwk.alg !== "ES256") throw new TypeError("the key is not for ES256");
  if ((await thumbprint(jwk)) !== jwk.kid) throw new TypeError("the kid is not the thumbprint of the key");
}

function thumbprint({ kty, crv, x, y }: Pick<PublicJwk, "kty" | "crv" | "x" | "y">): Promise<string> {
  return calculateJwkThumbprint({ kty, crv, x, y }, "sha256");
}

function asymmetric(key: CryptoKey | Uint8Array, type: "private" | "public"): CryptoKey {
  if (key instanceof Uint8Array || key.type !== type) throw new TypeError(`the key is not ${type}`);
  return key;
}

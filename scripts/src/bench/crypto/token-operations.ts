import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import {
  type AccessTokenClaims,
  accessTokenVerifier,
  importPublicKey,
  importSigningKey,
  newSigningKey,
  signAccessToken,
} from "@lanyard/session-manager";
import { CompactEncrypt, CompactSign, compactDecrypt, jwtVerify } from "jose";

/** Every operation that is measured: what of this project, what of jose or Node it is compared with. */
export const operationNames = {
  "jose: sign": undefined,
  signAccessToken: "jose: sign",
  "jose: verify": undefined,
  "verifier, verified anew": "jose: verify",
  "verifier, remembered": "jose: verify",
  "jose: seal": undefined,
  "sealing.seal": "jose: seal",
  "jose: open": undefined,
  "sealing.open": "jose: open",
  "node:crypto: HMAC": undefined,
  "derivation.mac": "node:crypto: HMAC",
  "derivation.verifies": "node:crypto: HMAC",
} as const satisfies Record<string, string | undefined>;

export type OperationName = keyof typeof operationNames;

const issuer = "http://localhost:8080";
const audience = "lanyard";
const kid = "bench";

/** A token set as it travels sealed, and a body as long as an envelope. */
const tokenSet = { tokenType: "Bearer", accessToken: "a".repeat(620), expiresIn: 600, refreshToken: "r".repeat(180) };
const place = `op_${"0".repeat(54)}/tokens`;
const body = "b".repeat(700);

/** Each operation once, on material that stays the same. */
export async function tokenOperations(): Promise<Readonly<Record<OperationName, () => Promise<unknown>>>> {
  const key = await newSigningKey();
  const signingKey = await importSigningKey(key.privateJwk);
  const publicKey = await importPublicKey(key.publicJwk);
  const keys = { find: async () => publicKey, holds: (name: string) => name === key.kid };
  const verifier = accessTokenVerifier({ issuer, audience, keys, now: Date.now });
  const forgetful = accessTokenVerifier({ issuer, audience, keys, now: Date.now });
  const claims = claimsNow();
  const payload = Buffer.from(JSON.stringify(claims));
  const token = await signAccessToken(claims, signingKey);
  const secret = randomBytes(32);
  const keyring = parseKeyring(`${kid}:${secret.toString("base64url")}`);
  const seals = sealing(keyring);
  const box = await seals.seal(tokenSet, place);
  const derived = derivation(keyring);
  const mac = derived.mac("envelope-command", body);
  const expected = { issuer, audience, algorithms: ["ES256"], typ: "at+jwt" };
  const header = { alg: "ES256", typ: "at+jwt", kid: key.kid };
  return {
    "jose: sign": () => new CompactSign(payload).setProtectedHeader(header).sign(signingKey.privateKey),
    signAccessToken: () => signAccessToken(claims, signingKey),
    "jose: verify": () => jwtVerify(token, publicKey, expected),
    "verifier, verified anew": async () => {
      forgetful.clear();
      return valid(await forgetful.verify(token));
    },
    "verifier, remembered": async () => valid(await verifier.verify(token)),
    "jose: seal": () =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(tokenSet)))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid, place })
        .encrypt(secret),
    "sealing.seal": () => seals.seal(tokenSet, place),
    "jose: open": async () => JSON.parse(new TextDecoder().decode((await compactDecrypt(box, secret)).plaintext)),
    "sealing.open": () => seals.open(box, place),
    "node:crypto: HMAC": async () => createHmac("sha256", secret).update(body).digest("base64url"),
    "derivation.mac": async () => derived.mac("envelope-command", body),
    "derivation.verifies": async () => derived.verifies(mac, "envelope-command", body),
  };
}

function valid(verification: { readonly kind: string }): void {
  if (verification.kind !== "valid") throw new Error(`the token is ${verification.kind}`);
}

function claimsNow(): AccessTokenClaims {
  const iat = Math.floor(Date.now() / 1000);
  const ids = { sub: randomUUID(), sid: randomUUID(), jti: randomUUID() };
  const facts = { auth_time: iat, amr: [], kind: "anonymous" as const, roles: [], pull: 0 };
  return { ...ids, iat, exp: iat + 6 * 3600, iss: issuer, aud: audience, ...facts };
}

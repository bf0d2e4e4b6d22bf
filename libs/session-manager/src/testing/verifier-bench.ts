import type { CryptoKey } from "jose";
import type { AccessTokenClaims } from "../access-token-claims.ts";
import {
  type AccessTokenVerifier,
  type AccessTokenVerifierOptions,
  accessTokenVerifier,
} from "../access-token-verifier.ts";
import {
  importPublicKey,
  importSigningKey,
  type NewSigningKey,
  newSigningKey,
  type SigningKey,
} from "../signing-key.ts";

const issuer = "http://localhost:8080";
const audience = "lanyard";
const startsAt = Date.parse("2026-11-21T12:00:00.000Z");

/** A verifier on a bench: its clock and its keys are in the test's hands. */
export interface VerifierBench {
  readonly verifier: AccessTokenVerifier;
  readonly claims: AccessTokenClaims;
  readonly issuer: string;
  readonly audience: string;
  readonly newKey: NewSigningKey;
  readonly signingKey: SigningKey;
  readonly publicKey: CryptoKey;
  /** The keys that the source knows; delete one to revoke it. */
  readonly trusted: Map<string, CryptoKey>;
  /** Every kid that was looked up, in order. */
  readonly lookups: string[];
  now(): number;
  /** Sets the clock, Unix milliseconds. */
  setNow(now: number): void;
}

/** Ten minutes of validity, starting now, for one account. */
export async function verifierBench(options: Partial<AccessTokenVerifierOptions> = {}): Promise<VerifierBench> {
  const newKey = await newSigningKey();
  const publicKey = await importPublicKey(newKey.publicJwk);
  const trusted = new Map([[newKey.kid, publicKey]]);
  const lookups: string[] = [];
  let now = startsAt;
  const keys = {
    find: async (kid: string) => {
      lookups.push(kid);
      return trusted.get(kid);
    },
    holds: (kid: string) => trusted.has(kid),
  };
  const iat = startsAt / 1000;
  return {
    verifier: accessTokenVerifier({ issuer, audience, keys, now: () => now, ...options }),
    claims: {
      sub: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
      sid: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
      jti: "2d8b8c5a-9c2a-8b7d-9e3f-4a5b6c7d8e9f",
      iat,
      exp: iat + 600,
      iss: issuer,
      aud: audience,
      auth_time: iat,
      amr: ["otp"],
      kind: "account",
      roles: ["member"],
      pull: 7,
    },
    issuer,
    audience,
    newKey,
    signingKey: await importSigningKey(newKey.privateJwk),
    publicKey,
    trusted,
    lookups,
    now: () => now,
    setNow: (to) => {
      now = to;
    },
  };
}

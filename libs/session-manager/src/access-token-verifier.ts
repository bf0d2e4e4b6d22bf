import { hash } from "node:crypto";
import { type CryptoKey, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { type AccessTokenClaims, accessTokenClaims, serialiseClaims } from "./access-token-claims.ts";
import { parseCompactForm } from "./compact-form.ts";

/** Where public keys come from. Nothing in a token can name another place. */
export interface KeySource {
  /** The key of that name, fetched if need be. What it throws (a dependency is down), `verify` throws. */
  find(kid: string): Promise<CryptoKey | undefined>;
  /** Whether the key is known and trusted at this moment: true once `find` has given it, until it is removed. */
  holds(kid: string): boolean;
}

/** "expired" is said only of a token that is genuine in every other respect. */
export type Verification =
  | { readonly kind: "valid"; readonly claims: AccessTokenClaims }
  | { readonly kind: "expired" }
  | { readonly kind: "invalid" };

export interface AccessTokenVerifier {
  /** Judges a token. Never throws for a bad one; throws what `KeySource.find` throws. */
  verify(token: string): Promise<Verification>;
  /** `hits` needed no key, `misses` are well-formed tokens that did; both since the start. `size` is in tokens. */
  cacheStats(): { hits: number; misses: number; size: number };
  /** Forgets every verified token. */
  clear(): void;
}

export interface AccessTokenVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: KeySource;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Verified tokens to remember, at least 1, least recently used out first. Default 10,000. */
  readonly cacheSize?: number;
  /** How far two clocks may be apart. Default 5. */
  readonly clockToleranceSeconds?: number;
  /** Longer tokens are refused unread. Default 4096. */
  readonly maxBytes?: number;
}

interface Verified {
  readonly kid: string;
  readonly valid: Extract<Verification, { kind: "valid" }>;
}

// Issued for minutes; a longer life is a signer gone wrong, and would outlast the tombstones that revocations leave.
const longestLifeSeconds = 86_400;

const invalid: Verification = Object.freeze({ kind: "invalid" });
const expired: Verification = Object.freeze({ kind: "expired" });

/** Verifies access tokens as `signAccessToken` makes them (RFC 9068, 8725), and remembers the valid ones by their hash. */
export function accessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  const { issuer, audience, keys, now, cacheSize = 10_000, clockToleranceSeconds = 5, maxBytes = 4096 } = options;
  const cache = new LRUCache<string, Verified>({ max: cacheSize });
  let hits = 0;
  let misses = 0;

  const nowSeconds = (): number => Math.floor(now() / 1000);
  const isExpired = ({ exp }: AccessTokenClaims): boolean => exp <= nowSeconds() - clockToleranceSeconds;
  const isImpossible = ({ iat, exp }: AccessTokenClaims): boolean =>
    iat > nowSeconds() + clockToleranceSeconds || exp <= iat || exp - iat > longestLifeSeconds;

  async function genuineClaims(token: string, payload: Buffer, key: CryptoKey): Promise<AccessTokenClaims | undefined> {
    const signed = await jwtVerify(token, key, {
      algorithms: ["ES256"],
      issuer,
      audience,
      typ: "at+jwt",
      currentDate: new Date(0), // Time is judged last, by us: what is forged must not be called expired.
    }).catch(() => undefined);
    if (signed === undefined) return undefined;
    const { data: claims } = accessTokenClaims.safeParse(signed.payload);
    // One spelling: a claim that stands twice, or hides where the schema does not look, is lost on the way and shows here.
    if (claims === undefined || !payload.equals(Buffer.from(serialiseClaims(claims)))) return undefined;
    return Object.freeze(claims);
  }

  async function verifyAnew(token: string, digest: string): Promise<Verification> {
    const form = parseCompactForm(token);
    if (form === undefined) return invalid;
    misses += 1;
    const key = await keys.find(form.kid);
    if (key === undefined) return invalid;
    const claims = await genuineClaims(token, form.payload, key);
    // Asked again: the key may have been removed while its signature was being checked.
    if (claims === undefined || isImpossible(claims) || !keys.holds(form.kid)) return invalid;
    if (isExpired(claims)) return expired;
    const valid = Object.freeze({ kind: "valid", claims } as const);
    cache.set(digest, { kid: form.kid, valid });
    return valid;
  }

  return {
    async verify(token) {
      if (token.length > maxBytes) return invalid; // Characters: whatever has fewer characters than bytes is refused below.
      // By hash, so that a memory dump or a heap snapshot of the cache holds no bearer token.
      const digest = hash("sha256", token, "base64");
      const known = cache.get(digest);
      if (known === undefined) return verifyAnew(token, digest);
      if (keys.holds(known.kid) && !isExpired(known.valid.claims)) {
        hits += 1;
        return known.valid;
      }
      cache.delete(digest);
      return verifyAnew(token, digest);
    },
    cacheStats: () => ({ hits, misses, size: cache.size }),
    clear: () => cache.clear(),
  };
}

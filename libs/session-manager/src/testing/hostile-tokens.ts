import { forge, type HostileContext, type HostileToken } from "./forge.ts";
import { hostileAlgorithms } from "./hostile-algorithms.ts";
import { hostileClaims } from "./hostile-claims.ts";
import { hostileHeaders } from "./hostile-headers.ts";
import { hostileSignatures } from "./hostile-signatures.ts";
import { hostileSpellings } from "./hostile-spellings.ts";

/**
 * Tokens that every verifier must call invalid: never valid, never expired, never a reason to throw. Wherever it makes sense
 * they are signed with the real key, so that only the one check they are aimed at can refuse them. Names are unique.
 */
export async function hostileTokens(context: HostileContext): Promise<HostileToken[]> {
  const workshop = forge(context);
  return [
    ...hostileAlgorithms(context, workshop),
    ...hostileHeaders(context, workshop),
    ...hostileSignatures(context, workshop),
    ...hostileClaims(context, workshop),
    ...(await hostileSpellings(context, workshop)),
  ];
}

/**
 * Whether the token reaches a server unchanged in an `Authorization` header: Latin-1 without control characters, no blanks
 * at its ends (HTTP trims them, RFC 9110 section 5.5), and small enough for Node's 16 KiB of headers.
 */
export function fitsInHeader(token: string): boolean {
  return /^[\x21-\x7e\xa0-\xff]+(?: +[\x21-\x7e\xa0-\xff]+)*$/.test(token) && token.length <= 12_288;
}

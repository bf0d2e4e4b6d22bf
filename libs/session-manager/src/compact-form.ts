import { isLowS } from "./p256-signature.ts";

/** What stands in front of every access token: these three members, in this order, and nothing else (RFC 9068). */
export function accessTokenHeader(kid: string): { alg: "ES256"; typ: "at+jwt"; kid: string } {
  return { alg: "ES256", typ: "at+jwt", kid };
}

/** A token that is spelled as `signAccessToken` spells it; whether it is genuine is still open. */
export interface CompactForm {
  readonly kid: string;
  readonly payload: Buffer;
}

/**
 * Reads the JWS compact form in its one allowed spelling: three parts of canonical base64url, the exact header, a low-S
 * signature. Members that steer a verifier (`jwk`, `jku`, `x5c`, `crit`, `b64`, another `alg`) end here, before any key.
 */
export function parseCompactForm(token: string): CompactForm | undefined {
  const [encodedHeader, encodedPayload, encodedSignature, ...rest] = token.split(".");
  if (encodedHeader === undefined || encodedPayload === undefined || encodedSignature === undefined) return undefined;
  if (rest.length > 0) return undefined;
  const header = canonicalBytes(encodedHeader);
  const payload = canonicalBytes(encodedPayload);
  const signature = canonicalBytes(encodedSignature);
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  if (!isLowS(signature)) return undefined;
  const kid = kidOf(header);
  return kid === undefined ? undefined : { kid, payload };
}

/** Decoders forgive padding, foreign characters and stray trailing bits; encoding again does not. */
function canonicalBytes(encoded: string): Buffer | undefined {
  const bytes = Buffer.from(encoded, "base64url");
  return bytes.toString("base64url") === encoded ? bytes : undefined;
}

function kidOf(header: Buffer): string | undefined {
  const kid = parsedMember(header, "kid");
  // Names as `newSigningKey` gives them and somewhat beyond: a key source never sees a path, a query or a novel.
  if (typeof kid !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(kid)) return undefined;
  return header.equals(Buffer.from(JSON.stringify(accessTokenHeader(kid)))) ? kid : undefined;
}

function parsedMember(json: Buffer, name: string): unknown {
  try {
    const parsed: unknown = JSON.parse(json.toString());
    return typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, name) : undefined;
  } catch {
    return undefined;
  }
}

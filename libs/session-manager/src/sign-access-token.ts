import { CompactSign } from "jose";
import { type AccessTokenClaims, accessTokenClaims, serialiseClaims } from "./access-token-claims.ts";
import { accessTokenHeader } from "./compact-form.ts";
import { toLowS } from "./p256-signature.ts";
import type { SigningKey } from "./signing-key.ts";

/**
 * Signs an access token (ES256, RFC 7515 and 9068) in its one spelling: fixed header, fixed claim order, low-S signature.
 * @throws ZodError when the claims do not fit `accessTokenClaims`.
 */
export async function signAccessToken(claims: AccessTokenClaims, key: SigningKey): Promise<string> {
  const signed = await new CompactSign(Buffer.from(serialiseClaims(accessTokenClaims.parse(claims))))
    .setProtectedHeader(accessTokenHeader(key.kid))
    .sign(key.privateKey);
  const signatureAt = signed.lastIndexOf(".") + 1;
  const signature = Buffer.from(signed.slice(signatureAt), "base64url");
  return signed.slice(0, signatureAt) + toLowS(signature).toString("base64url");
}

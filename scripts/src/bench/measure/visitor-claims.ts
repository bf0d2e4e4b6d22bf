import { randomUUID } from "node:crypto";
import type { AccessTokenClaims } from "@lanyard/session-manager";

/** What a visitor's access token says that is issued now, each time another visitor's. */
export function visitorClaims({
  issuer,
  audience,
  lifeSeconds,
}: {
  readonly issuer: string;
  readonly audience: string;
  readonly lifeSeconds: number;
}): AccessTokenClaims {
  const iat = Math.floor(Date.now() / 1000);
  return {
    sub: randomUUID(),
    sid: randomUUID(),
    jti: randomUUID(),
    iat,
    exp: iat + lifeSeconds,
    iss: issuer,
    aud: audience,
    auth_time: iat,
    amr: [],
    kind: "anonymous",
    roles: [],
    method: "anonymous",
    pull: 0,
  };
}

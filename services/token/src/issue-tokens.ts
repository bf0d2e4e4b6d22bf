import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { type AccessTokenClaims, makeDeviceToken, makeRefreshToken } from "@lanyard/session-manager";

export interface IssueTokensDeps {
  /** Signs with the key that is current. */
  readonly signingKeys: { sign(claims: AccessTokenClaims): Promise<string> };
  readonly derivation: Derivation;
  readonly issuer: string;
  readonly audience: string;
  /** How long access tokens last, unless their session ends before. */
  readonly accessTokenSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Signs a token set; an access token outlives its session by nothing. A repeat signs anew, but the outcome is put if
 * absent: the client only ever sees one.
 */
export const issueTokens = (deps: IssueTokensDeps): Handler =>
  handle(commands.token.issue, async ({ input, deriveUuid }) => {
    const { userId, deviceId, secondFactorAt } = input;
    const issuedAt = Math.floor(deps.now() / 1000);
    const sessionSeconds = Math.floor(Date.parse(input.expiresAt) / 1000) - issuedAt;
    // At least one: a token of no length at all would not even be called expired.
    const expiresIn = Math.max(1, Math.min(deps.accessTokenSeconds, sessionSeconds));
    const accessToken = await deps.signingKeys.sign({
      sub: input.userId,
      sid: input.sessionId,
      jti: input.jti ?? deriveUuid("access-token"),
      iat: issuedAt,
      exp: issuedAt + expiresIn,
      iss: deps.issuer,
      aud: deps.audience,
      auth_time: Math.floor(Date.parse(input.openedAt) / 1000),
      amr: input.amr,
      kind: input.userKind,
      roles: input.roles,
      ...(input.method !== undefined && { method: input.method }),
      pull: input.pull,
      ...(secondFactorAt !== undefined && { second_factor_time: Math.floor(Date.parse(secondFactorAt) / 1000) }),
    });
    return done({
      tokens: {
        tokenType: "Bearer" as const,
        accessToken,
        expiresIn,
        refreshToken: makeRefreshToken(deps.derivation, input),
      },
      ...(deviceId !== undefined && { deviceToken: makeDeviceToken(deps.derivation, { userId, deviceId }) }),
    });
  });

import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { type AccessTokenClaims, makeRefreshToken } from "@lanyard/session-manager";

export interface IssueTokensDeps {
  /** Signs with the key that is current. */
  readonly signingKeys: { sign(claims: AccessTokenClaims): Promise<string> };
  readonly derivation: Derivation;
  readonly issuer: string;
  readonly audience: string;
  readonly accessTokenSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Signs a token set. A repeat signs anew, but the outcome is put if absent: the client only ever sees one. */
export const issueTokens = (deps: IssueTokensDeps): Handler =>
  handle(commands.token.issue, async ({ input, deriveUuid }) => {
    const issuedAt = Math.floor(deps.now() / 1000);
    const accessToken = await deps.signingKeys.sign({
      sub: input.userId,
      sid: input.sessionId,
      jti: deriveUuid("access-token"),
      iat: issuedAt,
      exp: issuedAt + deps.accessTokenSeconds,
      iss: deps.issuer,
      aud: deps.audience,
      auth_time: Math.floor(Date.parse(input.openedAt) / 1000),
      amr: input.amr,
      kind: input.userKind,
      roles: [],
      pull: input.pull,
    });
    return done({
      tokens: {
        tokenType: "Bearer" as const,
        accessToken,
        expiresIn: deps.accessTokenSeconds,
        refreshToken: makeRefreshToken(deps.derivation, input),
      },
    });
  });

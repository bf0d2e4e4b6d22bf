import { describe, expect, it } from "@jest/globals";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { type AccessTokenClaims, readDeviceToken } from "@lanyard/session-manager";
import { issueTokens } from "./issue-tokens.ts";

const keys = derivation(parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`));
const noon = Date.parse("2026-11-21T12:00:00.000Z");
const jti = "2d8b8c5a-9c2a-8b7d-8e3f-4a5b6c7d8e9f";
const at = (ms: number): string => new Date(noon + ms).toISOString();

/** What is issued at noon for a session that expires at these milliseconds after. */
async function issued(
  expiresAt: number,
  more: object = {},
): Promise<{ claims: AccessTokenClaims | undefined; expiresIn: number; deviceToken?: string | undefined }> {
  let claims: AccessTokenClaims | undefined;
  const handler = issueTokens({
    signingKeys: {
      async sign(given) {
        claims = given;
        return "signed";
      },
    },
    derivation: keys,
    issuer: "https://id.example.com",
    audience: "lanyard",
    accessTokenSeconds: 600,
    now: () => noon + 999,
  });
  const result = await handler.run({
    operationId: `op_${"0".repeat(32)}${"A".repeat(22)}`,
    writtenBy: "test",
    input: {
      userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
      userKind: "account",
      sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
      openedAt: at(-1000),
      expiresAt: at(expiresAt),
      generation: 1,
      pull: 0,
      amr: ["otp"],
      jti,
      ...more,
    },
    caller: { kind: "none" },
    client: { ip: "192.0.2.1" },
    receivedAt: at(0),
    cursor: undefined,
    derivationKid: "k1",
    deriveUuid: () => "another",
  });
  if (result.kind !== "done") throw new Error(result.kind);
  const { tokens, deviceToken } = result.output as { tokens: { expiresIn: number }; deviceToken?: string };
  return { claims, expiresIn: tokens.expiresIn, deviceToken };
}

describe("an access token", () => {
  it.each([
    ["lasts ten minutes while its session lasts longer", 3600_000, 600],
    ["lasts ten minutes while its session lasts as long", 600_000, 600],
    ["ends with its session", 599_999, 599],
    ["ends with its session, in its last second", 1000, 1],
    ["lasts a second also when that is longer than its session", 999, 1],
    ["lasts a second also when its session has ended", -3600_000, 1],
  ])("%s", async (_, expiresAt, seconds) => {
    const { claims, expiresIn } = await issued(expiresAt);

    expect(claims).toMatchObject({ iat: noon / 1000, exp: noon / 1000 + seconds, kind: "account", amr: ["otp"], jti });
    expect(expiresIn).toBe(seconds);
  });

  it("comes with a token of the device, where there is one, which names it", async () => {
    const deviceId = "5d1e6c7a-2b3c-8d4e-9f5a-000000000001";
    expect(await issued(3600_000)).not.toHaveProperty("deviceToken", expect.any(String));
    const { deviceToken = "" } = await issued(3600_000, { deviceId });
    expect(readDeviceToken(keys, deviceToken)).toEqual({ userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d", deviceId });
  });

  it("says when a second factor was last proven in its session, if one was", async () => {
    expect((await issued(3600_000)).claims).not.toHaveProperty("second_factor_time");
    expect((await issued(3600_000, { secondFactorAt: at(-1500) })).claims).toMatchObject({
      second_factor_time: noon / 1000 - 2,
      auth_time: noon / 1000 - 1,
    });
  });
});

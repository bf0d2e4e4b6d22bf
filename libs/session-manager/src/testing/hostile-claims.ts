import { type AccessTokenClaims, accessTokenClaims } from "../access-token-claims.ts";
import type { Forge, HostileContext, HostileToken } from "./forge.ts";
import { named } from "./forge.ts";

/** Really signed, well spelled, and yet not to be believed: only the claims can give these tokens away. */
export function hostileClaims(context: HostileContext, forge: Forge): HostileToken[] {
  const values = { ...addressees(context), ...times(context, forge.claims), ...people(forge.claims) };
  const names = (Object.keys(forge.claims) as (keyof AccessTokenClaims)[]).filter(isNeeded);
  return [
    ...Object.entries(values).flatMap(([claim, wrong]) =>
      wrong.map((value) => ({
        name: `${claim} ${JSON.stringify(value).slice(0, 60)}`,
        token: forge.token({ payload: { ...forge.claims, [claim]: value } }),
      })),
    ),
    ...names.map((claim) => ({
      name: `${claim} missing`,
      token: forge.token({ payload: { ...forge.claims, [claim]: undefined } }),
    })),
    ...unnaturalTimes(context, forge),
    ...extraClaims(context, forge),
    ...expiredAndForged(context, forge),
  ];
}

/** A claim that tokens of the release before do not have may be missing. */
const isNeeded = (claim: keyof AccessTokenClaims): boolean =>
  !accessTokenClaims.shape[claim].safeParse(undefined).success;

function addressees({ issuer, audience }: HostileContext): Record<string, unknown[]> {
  return {
    iss: [
      "https://evil.example",
      `${issuer}/`,
      ` ${issuer}`,
      `${issuer}\u0000`,
      issuer.toUpperCase(),
      "",
      1,
      null,
      [issuer],
    ],
    aud: [
      "another",
      `${audience} `,
      audience.toUpperCase(),
      "",
      "*",
      1,
      null,
      [audience],
      [audience, "another"],
      { 0: audience },
    ],
  };
}

/** "In the future" is minutes ahead, so that it still is when a slow test gets to it. */
function times({ now }: HostileContext, { iat, exp }: AccessTokenClaims): Record<string, unknown[]> {
  const nowSeconds = Math.floor(now / 1000);
  return {
    iat: [
      nowSeconds + 300,
      nowSeconds + 3_600,
      String(iat),
      iat + 0.5,
      -1,
      null,
      [iat],
      new Date(iat * 1000).toISOString(),
    ],
    exp: [String(exp), exp + 0.5, -1, 0, iat, iat - 1, iat + 86_401, exp * 1000, 2 ** 53, null, true, [exp], {}],
    auth_time: [String(iat), iat + 0.5, -1, null, [iat]],
    pull: [-1, 0.5, "0", null, [0], 2 ** 53],
  };
}

function people({ sub, sid, jti }: AccessTokenClaims): Record<string, unknown[]> {
  const badIds = (id: string): unknown[] => [
    "",
    "admin",
    `${id}\n`,
    `urn:uuid:${id}`,
    `{${id}}`,
    id.replaceAll("-", ""),
    `A${id.slice(1).toUpperCase()}`,
    0,
    null,
    [id],
  ];
  const badLists = [
    "admin",
    "",
    null,
    1,
    true,
    [["admin"]],
    [null],
    [1],
    { 0: "admin", length: 1 },
    ["\ud800"],
    ["\udc00x"],
  ];
  return {
    sub: badIds(sub),
    sid: badIds(sid),
    jti: badIds(jti),
    method: ["", "passwords", "Anonymous", "anonymous ", 1, null, ["anonymous"]],
    kind: ["admin", "Account", "ACCOUNT", "", null, 0, ["account"]],
    roles: badLists,
    amr: badLists,
  };
}

function unnaturalTimes({ now }: HostileContext, { claims, payload, token }: Forge): HostileToken[] {
  const nowSeconds = Math.floor(now / 1000);
  const expAs = (spelling: string): string =>
    token({ payload: payload.replace(`"exp":${claims.exp}`, `"exp":${spelling}`) });
  return named("time", {
    // Minutes ahead, so that it is still the future when a slow test gets to it.
    "issued in the future with a natural life": token({
      payload: { ...claims, iat: nowSeconds + 300, exp: nowSeconds + 900 },
    }),
    "issued long ago, good for years": token({ payload: { ...claims, iat: 1, exp: nowSeconds + 600 } }),
    "exp in ten years": token({ payload: { ...claims, exp: claims.iat + 315_360_000 } }),
    "exp 1e400": expAs("1e400"),
    "exp -1e400": expAs("-1e400"),
    "exp 1e308": expAs("1e308"),
    "exp as a fraction of no size": expAs(`${claims.exp}.0`),
    "exp in scientific notation": expAs(`${claims.exp}e0`),
    "exp beyond what a number holds": expAs(`${claims.exp}${"0".repeat(30)}`),
    "pull of minus zero": token({ payload: payload.replace(`"pull":${claims.pull}`, '"pull":-0') }),
  });
}

function extraClaims({ now }: HostileContext, { claims, payload, token }: Forge): HostileToken[] {
  const nowSeconds = Math.floor(now / 1000);
  const withText = (text: string): string => token({ payload: `${payload.slice(0, -1)},${text}}` });
  return named("extra claim", {
    "nbf in the past": token({ payload: { ...claims, nbf: nowSeconds - 60 } }),
    "nbf in the future": token({ payload: { ...claims, nbf: nowSeconds + 600 } }),
    scope: token({ payload: { ...claims, scope: "admin" } }),
    "a role by another name": token({ payload: { ...claims, Roles: ["admin"] } }),
    "empty name": token({ payload: { ...claims, "": true } }),
    cnf: token({ payload: { ...claims, cnf: { jkt: "thumbprint" } } }),
    "own __proto__": withText('"__proto__":{"roles":["admin"]}'),
    "__proto__ as null": withText('"__proto__":null'),
    "__proto__ spelled with escapes": withText('"\\u005f_proto__":{"roles":["admin"]}'),
    constructor: withText('"constructor":{"prototype":{"isAdmin":true}}'),
    "__proto__ instead of roles": token({ payload: payload.replace('"roles":', '"__proto__":') }),
    toJSON: withText('"toJSON":{}'),
    then: withText('"then":{}'),
  });
}

/** A stranger must not learn "expired": it would mean that all the rest is right. */
function expiredAndForged({ now, otherKey, issuer }: HostileContext, { header, claims, token }: Forge): HostileToken[] {
  const nowSeconds = Math.floor(now / 1000);
  const past = { ...claims, iat: nowSeconds - 7_200, exp: nowSeconds - 3_600 };
  return named("expired, and also", {
    "signed by a stranger": token({ payload: past, key: otherKey.privateJwk }),
    "of another issuer": token({ payload: { ...past, iss: `${issuer}.evil.example` } }),
    "for another audience": token({ payload: { ...past, aud: "another" } }),
    "of another type": token({ header: { ...header, typ: "JWT" }, payload: past }),
    "with a sub that is no id": token({ payload: { ...past, sub: "admin" } }),
    "with an extra claim": token({ payload: { ...past, admin: true } }),
    "with a negative exp": token({ payload: { ...past, iat: 0, exp: -1 } }),
    "too long-lived": token({ payload: { ...past, iat: past.exp - 86_401 } }),
  });
}

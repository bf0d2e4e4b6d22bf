import { describe, expect, it } from "@jest/globals";
import type { AccessTokenClaims, AccessTokenVerifier } from "@lanyard/session-manager";
import type { Request, Response } from "express";
import { ProblemError } from "../http/problem.ts";
import type { RevocationCheck } from "../revocations/revocation-view.ts";
import { recordingLog } from "../testing/recording-log.ts";
import {
  type AuthenticateOperatorDeps,
  authenticateOperator,
  operatorOf,
  stillOperates,
} from "./authenticate-operator.ts";
import { opsKeyHash } from "./ops-keys.ts";

const key = Buffer.alloc(32, 1).toString("base64url");
const claims = { sub: "user", sid: "session", roles: ["admin"] } as unknown as AccessTokenClaims;

const letsPass: AuthenticateOperatorDeps["sessionChecks"] = {
  check: async () => ({ kind: "none" }),
  isVoid: () => false,
  isStale: false,
  noteRefusal: () => ({ kind: "revoked", reason: "operator" }),
};

/** One request of someone who shows these headers; `valid` are the claims that the token `token` carries. */
async function admitted(
  headers: Readonly<Record<string, string>>,
  { valid = claims, ...change }: Partial<AuthenticateOperatorDeps> & { valid?: AccessTokenClaims } = {},
) {
  const { log, lines } = recordingLog();
  const noted: unknown[] = [];
  const verifier: Pick<AccessTokenVerifier, "verify"> = {
    verify: async (token) => (token === "token" ? { kind: "valid", claims: valid } : { kind: "invalid" }),
  };
  const deps: AuthenticateOperatorDeps = {
    verifier,
    projections: { user: async () => undefined, sessionsOf: async () => [] },
    sessionChecks: letsPass,
    uses: { note: (identity) => void noted.push(identity) },
    visitorIds: true,
    now: () => 0,
    opsKeys: [{ name: "deploy", hash: opsKeyHash(key) }],
    log,
    ...change,
  };
  const request = { get: (name: string) => headers[name.toLowerCase()] } as unknown as Request;
  const response = { locals: { context: { requestId: "r1" }, route: "/admin" } } as unknown as Response;
  let passed = false;
  try {
    await authenticateOperator(deps)(request, response, () => {
      passed = true;
    });
  } catch (error) {
    if (error instanceof ProblemError) return { refused: error.code, lines, noted };
    throw error;
  }
  return { passed, operator: operatorOf(response), lines, noted };
}

describe("an operator", () => {
  it("is a machine that shows its key, by name, and every use is in the log", async () => {
    const { passed, operator, lines } = await admitted({ authorization: `bearer  ${key}` });

    expect([passed, operator]).toEqual([true, { by: "key", keyName: "deploy" }]);
    expect(lines).toEqual([
      { level: "info", message: "an ops key was used", fields: { requestId: "r1", opsKey: "deploy", route: "/admin" } },
    ]);
  });

  it("is a person whose access token has the role, and who uses its session", async () => {
    const { passed, operator, lines, noted } = await admitted({ authorization: "Bearer token" });

    expect([passed, operator]).toEqual([true, { by: "token", userId: "user", sessionId: "session" }]);
    expect(lines).toEqual([]);
    expect(noted).toHaveLength(1);
  });

  it.each([[[]], [["administrator"]], [["Admin"]], [["user", "support"]]])(
    "is nobody with the roles %j",
    async (roles: readonly string[]) => {
      const { refused, noted } = await admitted({ authorization: "Bearer token" }, { valid: { ...claims, roles } });

      expect([refused, noted]).toEqual(["admin_required", []]);
    },
  );

  it.each([
    ["shows nothing", {}, "unauthenticated"],
    ["names a visitor", { "x-user-id": "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90" }, "unauthenticated"],
    ["shows another key", { authorization: `Bearer ${key.replace(/^./, "B")}` }, "token_invalid"],
    ["shows the hash of the key", { authorization: `Bearer ${opsKeyHash(key)}` }, "token_invalid"],
    ["shows the key by another scheme", { authorization: `Basic ${key}` }, "unauthenticated"],
  ])("is nobody who %s", async (_, headers: Readonly<Record<string, string>>, code) => {
    expect((await admitted(headers)).refused).toBe(code);
  });

  it("is no machine where there are no keys", async () => {
    expect((await admitted({ authorization: `Bearer ${key}` }, { opsKeys: [] })).refused).toBe("token_invalid");
  });

  it("is nobody whose session was ended, whatever its roles", async () => {
    const sessionChecks = { ...letsPass, check: async () => ({ kind: "revoked", reason: "operator" }) as const };

    expect((await admitted({ authorization: "Bearer token" }, { sessionChecks })).refused).toBe("session_revoked");
  });
});

describe("an operator who is still being answered", () => {
  const asked = async (identity: object | undefined, change: Partial<Parameters<typeof stillOperates>[0]> = {}) => {
    const response = { locals: { identity } } as unknown as Response;
    try {
      await stillOperates({ sessionChecks: letsPass, now: () => 999, ...change }, response);
      return "goes on";
    } catch (error) {
      return (error as ProblemError).code;
    }
  };
  const person = { by: "token", claims: { ...claims, exp: 1 } };

  it("goes on: a machine, or a person whose token and session stand", async () => {
    expect([await asked(undefined), await asked(person)]).toEqual(["goes on", "goes on"]);
  });

  it("is refused once the token is no longer good, or the session has ended, or nobody can tell", async () => {
    const saying = (check: RevocationCheck) => ({ sessionChecks: { ...letsPass, check: async () => check } });

    expect(await asked(person, { now: () => 1000 })).toBe("token_expired");
    expect(await asked(person, saying({ kind: "revoked", reason: "operator" }))).toBe("session_revoked");
    expect(await asked(person, saying({ kind: "stale" }))).toBe("revocation_view_stale");
  });
});

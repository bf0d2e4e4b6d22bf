import { describe, expect, it } from "@jest/globals";
import type { AccessTokenClaims } from "@lanyard/session-manager";
import { ProblemError } from "../http/problem.ts";
import type { User } from "../reads/projections.ts";
import type { RevocationCheck } from "../revocations/revocation-view.ts";
import { sessionOf } from "../testing/pulled-sessions.ts";
import { type VisitorShownDeps, visitorContinued, visitorShown } from "./visitor-shown.ts";

const visitorId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const mergedTo = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const visitor: User = { userId: visitorId, userKind: "anonymous", createdAt: "2025-12-31T23:00:00.000Z" };
const session = sessionOf({ userKind: "anonymous", method: "anonymous" });
const merged: RevocationCheck = { kind: "revoked", reason: "merged" };
const byToken = { accessToken: "token" };
const byId = { userId: visitorId };

interface World {
  readonly kind?: "anonymous" | "account";
  readonly check?: RevocationCheck;
  readonly user?: User | undefined;
  readonly token?: "invalid" | "expired";
  readonly visitorIds?: boolean;
  readonly isStale?: boolean;
  readonly isVoid?: boolean;
}

function depsOf({ check = { kind: "none" }, kind = "anonymous", token, ...world }: World) {
  let refusals = 0;
  const claims = { sub: visitorId, sid: session.sessionId, kind } as unknown as AccessTokenClaims;
  const deps: VisitorShownDeps = {
    verifier: { verify: async () => (token === undefined ? { kind: "valid", claims } : { kind: token }) },
    projections: {
      user: async () => ("user" in world ? world.user : visitor),
      sessionsOf: async () => [session],
    },
    sessionChecks: {
      check: async () => check,
      isVoid: () => world.isVoid === true,
      isStale: world.isStale === true,
      noteRefusal() {
        refusals += 1;
        return { kind: "revoked", reason: "operator" };
      },
    },
    visitorIds: world.visitorIds !== false,
    now: () => Date.parse("2026-01-01T00:00:00.000Z"),
  };
  return { deps, refusals: () => refusals };
}

/** What comes of it, in words; a problem with the field that it is about. */
async function shown(world: World, anonymous: Parameters<typeof visitorShown>[0], ask = visitorShown): Promise<string> {
  try {
    const { isMerged } = await ask(anonymous, depsOf(world).deps);
    return isMerged ? "merged" : "live";
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return [error.code, error.extra.reason, error.extra.errors?.map(({ path }) => path)].filter(Boolean).join(" ");
  }
}

describe("a visitor who is shown by an access token", () => {
  it.each<[string, World, string]>([
    ["that is good", {}, "live"],
    ["that is nobody's", { token: "invalid" }, "token_invalid anonymous.accessToken"],
    ["that has expired", { token: "expired" }, "token_expired anonymous.accessToken"],
    ["of an account", { kind: "account" }, "not_anonymous anonymous.accessToken"],
    ["whose session was ended by a merge", { check: merged }, "merged"],
    ["whose visitor was claimed a moment ago", { user: { ...visitor, mergedTo } }, "merged"],
    [
      "whose session was ended otherwise",
      { check: { kind: "revoked", reason: "logout" } },
      "session_revoked logout anonymous.accessToken",
    ],
    [
      "of an account, whose session was ended",
      { kind: "account", check: merged },
      "not_anonymous anonymous.accessToken",
    ],
    ["while nobody can tell", { check: { kind: "stale" } }, "revocation_view_stale anonymous.accessToken"],
    ["where ids do not count", { visitorIds: false }, "live"],
  ])("%s", async (_, world, says) => {
    expect(await shown(world, byToken)).toBe(says);
  });
});

describe("a visitor who is shown by an id", () => {
  it.each<[string, World, string]>([
    ["that is its", {}, "live"],
    ["that is merged", { user: { ...visitor, mergedTo } }, "merged"],
    ["of an account", { user: { ...visitor, userKind: "account" } }, "not_anonymous anonymous.userId"],
    ["of nobody", { user: undefined }, "unauthenticated anonymous.userId"],
    ["inside a revocation", { isVoid: true }, "session_revoked operator anonymous.userId"],
    ["while nobody can tell", { isStale: true }, "revocation_view_stale anonymous.userId"],
    ["where ids do not count", { visitorIds: false }, "validation_failed anonymous.userId"],
  ])("%s", async (_, world, says) => {
    expect(await shown(world, byId)).toBe(says);
  });

  it("is counted when a pull refuses it, and is one id however it is written", async () => {
    const refused = depsOf({ isVoid: true });
    await expect(visitorShown(byId, refused.deps)).rejects.toThrow("session_revoked");

    expect(refused.refusals()).toBe(1);
    expect(await visitorShown({ userId: visitorId.toUpperCase() }, depsOf({}).deps)).toEqual({
      visitorId,
      isMerged: false,
    });
  });
});

describe("a visitor whom a sign-in continues", () => {
  it("lives: one that is part of an account does not go on", async () => {
    const claimed: World = { user: { ...visitor, mergedTo } };

    expect(await visitorContinued(byToken, depsOf({}).deps)).toBe(visitorId);
    for (const [world, by] of [
      [{ check: merged }, byToken],
      [claimed, byToken],
      [claimed, byId],
    ] as const) {
      await expect(visitorContinued(by, depsOf(world).deps)).rejects.toThrow("user_merged");
    }
  });
});

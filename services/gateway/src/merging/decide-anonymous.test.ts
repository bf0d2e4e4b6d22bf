import { describe, expect, it } from "@jest/globals";
import type { User } from "../reads/projections.ts";
import { sessionOf } from "../testing/pulled-sessions.ts";
import { decideAnonymous } from "./decide-anonymous.ts";

const now = Date.parse("2026-01-01T00:00:00.000Z");
const user: User = {
  userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
  userKind: "anonymous",
  createdAt: "2025-12-31T23:00:00.000Z",
};
const live = sessionOf({ userKind: "anonymous", method: "anonymous" });
const ended = (reason: NonNullable<typeof live.revoked>["reason"]) => ({
  ...live,
  revoked: { at: "2025-12-31T23:30:00.000Z", reason, operationId: `op_${"0".repeat(32)}${"A".repeat(22)}` },
});
const decide = (known: User | undefined, sessions = [live], isVoid = false): string => {
  const decision = decideAnonymous(known, sessions, now, () => isVoid);
  return decision.kind === "refused" ? [decision.code, decision.reason].filter(Boolean).join(" ") : decision.kind;
};

describe("an id that is shown as a visitor's", () => {
  it("is one while a session lives", () => {
    expect(decide(user)).toBe("live");
  });

  it("is no visitor's when it is an account's, with or without sessions", () => {
    expect(decide({ ...user, userKind: "account" })).toBe("not_anonymous");
    expect(decide({ ...user, userKind: "account" }, [])).toBe("not_anonymous");
  });

  it("was one that is merged: by its profile, or by its sessions when the profile was read before", () => {
    const mergedTo = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";

    expect(decide({ ...user, mergedTo })).toBe("merged");
    expect(decide({ ...user, mergedTo }, [ended("merged")])).toBe("merged");
    expect(decide(user, [ended("merged")])).toBe("merged");
  });

  it("is nobody's when it is unknown, and alike when no session lives", () => {
    expect(decide(undefined, [])).toBe("unauthenticated");
    expect(decide(user, [])).toBe("unauthenticated");
    expect(decide(user, [ended("logout")])).toBe("unauthenticated");
    expect(decide(user, [{ ...live, expiresAt: "2026-01-01T00:00:00.000Z" }])).toBe("unauthenticated");
  });

  it("is refused inside a revocation, told or swept", () => {
    expect(decide(user, [live], true)).toBe("session_revoked operator");
    expect(decide(user, [ended("operator")])).toBe("session_revoked operator");
  });
});

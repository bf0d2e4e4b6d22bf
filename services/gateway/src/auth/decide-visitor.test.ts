import { describe, expect, it } from "@jest/globals";
import { revocationReason } from "@lanyard/contracts";
import fc from "fast-check";
import type { Session, User } from "../reads/projections.ts";
import { decideVisitor } from "./decide-visitor.ts";

const now = Date.parse("2026-11-21T12:00:00.000Z");
const at = (ms: number): string => new Date(now + ms).toISOString();
const user: User = { userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d", userKind: "anonymous", createdAt: at(-1000) };
const session = (id: number, change: Partial<Session> = {}): Session => ({
  sessionId: `1c7a7b4f-8b1f-8a6c-8d2e-${String(id).padStart(12, "0")}`,
  userId: user.userId,
  userKind: "anonymous",
  method: "anonymous",
  amr: [],
  openedAt: at(-1000 + id),
  expiresAt: at(1),
  generation: 1,
  rotations: [],
  pull: 0,
  ...change,
});
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const revoked = (reason: NonNullable<Session["revoked"]>["reason"]) => ({
  revoked: { at: at(-1), reason, operationId },
});

const nothing = () => false;

describe("an id", () => {
  it.each([
    ["of nobody", undefined],
    ["of an account", { ...user, userKind: "account" as const }],
    ["of an account that was a visitor", { ...user, userKind: "account" as const, mergedTo: user.userId }],
  ])("%s acts as no one, whatever sessions there are", (_, known) => {
    expect(decideVisitor(known, [session(1)], now, nothing)).toEqual({ kind: "refused", code: "unauthenticated" });
  });

  it("of a visitor that was merged says so before anything else", () => {
    const merged = { ...user, mergedTo: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e" };

    expect(decideVisitor(merged, [session(1)], now, nothing)).toEqual({ kind: "refused", code: "user_merged" });
    expect(decideVisitor(merged, [session(1, revoked("operator"))], now, nothing)).toEqual({
      kind: "refused",
      code: "user_merged",
    });
  });

  it("of a visitor without sessions acts as no one", () => {
    expect(decideVisitor(user, [], now, nothing)).toEqual({ kind: "refused", code: "unauthenticated" });
  });

  it.each([
    ["operator", { code: "session_revoked", reason: "operator" }],
    ["merged", { code: "user_merged" }],
    ["logout", { code: "unauthenticated" }],
    ["refresh_reuse", { code: "unauthenticated" }],
    ["session_limit", { code: "unauthenticated" }],
  ] as const)("whose newest session was ended by %s is told what concerns it", (reason, told) => {
    const sessions = [session(1, revoked("logout")), session(2, revoked(reason))];

    expect(decideVisitor(user, sessions, now, nothing)).toEqual({ kind: "refused", ...told });
  });
});

describe("a visitor of whose sessions some are void", () => {
  const voided = (...ids: readonly number[]) => {
    const sessionIds = ids.map((id) => session(id).sessionId);
    return ({ sessionId }: Session): boolean => sessionIds.includes(sessionId);
  };
  const ended = { kind: "refused", code: "session_revoked", reason: "operator" };

  it("acts as the newest of the others", () => {
    const acting = decideVisitor(user, [session(1), session(2), session(3)], now, voided(3, 1));

    expect(acting).toEqual({ kind: "acts", session: session(2) });
  });

  it("is told so when the newest of the dead is", () => {
    expect(decideVisitor(user, [session(1)], now, voided(1))).toEqual(ended);
    expect(decideVisitor(user, [session(1, revoked("logout")), session(2)], now, voided(2))).toEqual(ended);
    expect(decideVisitor(user, [session(1), session(2, revoked("logout"))], now, voided(1))).toEqual({
      kind: "refused",
      code: "unauthenticated",
    });
  });
});

describe("a visitor", () => {
  const change = fc.oneof(
    fc.constant({}),
    fc.constant({ expiresAt: at(0) }),
    fc.constantFrom(...revocationReason.options).map(revoked),
  );
  const sessions = fc.array(change, { maxLength: 8 }).chain((changes) =>
    fc.shuffledSubarray(
      changes.map((each, id) => session(id, each)),
      { minLength: changes.length },
    ),
  );

  it("acts as its newest live session, in whatever order they come", () => {
    fc.assert(
      fc.property(sessions, (given) => {
        const live = given.filter((each) => each.revoked === undefined && each.expiresAt === at(1));
        const decision = decideVisitor(user, given, now, nothing);
        if (live.length === 0) return expect(decision.kind).toBe("refused");
        const newest = live.reduce((one, other) => (one.openedAt > other.openedAt ? one : other));
        expect(decision).toEqual({ kind: "acts", session: newest });
      }),
    );
  });
});

import { describe, expect, it } from "@jest/globals";
import type { Session } from "../session-store.ts";
import { decideRevocation } from "./decide-revocation.ts";

const now = Date.parse("2026-11-21T12:00:00.000Z");
const operation = (count: number): string => `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
const session: Session = {
  sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
  userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
  userKind: "anonymous",
  method: "anonymous",
  amr: [],
  openedAt: "2026-11-21T11:00:00.000Z",
  expiresAt: "2026-11-21T13:00:00.000Z",
  generation: 1,
  pull: 0,
  rotations: [],
};
const revoked = { at: "2026-11-21T12:00:00.000Z", reason: "logout", operationId: operation(1) } as const;
const end = (of: Session | undefined, by: number) =>
  decideRevocation(of, { operationId: operation(by), reason: "logout", now });

describe("a session", () => {
  it("is ended now, by this operation, and changed in nothing else", () => {
    expect(end(session, 1)).toEqual({ kind: "revoke", next: { ...session, revoked } });
  });

  it("is ended also when it has expired, so that it stays ended", () => {
    const expired = { ...session, expiresAt: "2026-11-21T11:59:59.999Z" };

    expect(end(expired, 1)).toEqual({ kind: "revoke", next: { ...expired, revoked } });
  });

  it("that is not there has nothing to end", () => {
    expect(end(undefined, 1)).toEqual({ kind: "no-session" });
  });
});

describe("a session that was ended", () => {
  const at = "2026-11-21T11:30:00.000Z";
  const ended: Session = { ...session, revoked: { at, reason: "refresh_reuse", operationId: operation(1) } };

  it("tells the operation that ended it the same again", () => {
    expect(end(ended, 1)).toEqual({ kind: "ended", at, reason: "refresh_reuse", byThis: true });
  });

  it("keeps its first end, and tells others that it was not theirs", () => {
    expect(end(ended, 2)).toEqual({ kind: "ended", at, reason: "refresh_reuse", byThis: false });
  });
});

describe("a session that only counts while it lives", () => {
  const pick = (of: Session | undefined, by = 1) =>
    decideRevocation(of, { operationId: operation(by), reason: "revoked_by_user", now, onlyLive: true });

  it("is ended while it does", () => {
    expect(pick(session)).toEqual({
      kind: "revoke",
      next: { ...session, revoked: { ...revoked, reason: "revoked_by_user" } },
    });
  });

  it.each([
    ["was never there", undefined],
    ["was ended by another", { ...session, revoked: { ...revoked, operationId: operation(2) } }],
    ["expires at this moment", { ...session, expiresAt: "2026-11-21T12:00:00.000Z" }],
  ])("is none when it %s", (_, of) => {
    expect(pick(of)).toEqual({ kind: "no-session" });
  });

  it("is told the operation that ended it, also when it would have expired since", () => {
    const ended = { ...session, expiresAt: "2026-11-21T11:59:00.000Z", revoked };

    expect(pick(ended)).toMatchObject({ kind: "ended", at: revoked.at, byThis: true });
  });
});

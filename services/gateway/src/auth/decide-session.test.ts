import { describe, expect, it } from "@jest/globals";
import type { Session } from "../reads/projections.ts";
import { decideSession } from "./decide-session.ts";

const now = Date.parse("2026-11-21T12:00:00.000Z");
const session: Session = {
  sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
  userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
  userKind: "anonymous",
  method: "anonymous",
  amr: [],
  openedAt: "2026-11-20T12:00:00.000Z",
  expiresAt: "2026-11-21T12:00:00.001Z",
  generation: 1,
  rotations: [],
  pull: 0,
};

const nothing = () => false;
const everything = () => true;

describe("a session", () => {
  it("is live until the moment it expires", () => {
    expect(decideSession(session, now, nothing)).toEqual({ kind: "live", session });
    expect(decideSession(session, now + 1, nothing)).toEqual({ kind: "refused", code: "token_expired" });
  });

  it("that is not there is nobody's", () => {
    expect(decideSession(undefined, now, everything)).toEqual({ kind: "refused", code: "unauthenticated" });
  });

  it("that a pull has voided was ended by an operator, expired or not", () => {
    const told = { kind: "refused", code: "session_revoked", reason: "operator" };

    expect([decideSession(session, now, everything), decideSession(session, now + 1, everything)]).toEqual([
      told,
      told,
    ]);
  });

  it.each([0, 1, 1e12])("that was revoked says why, also long after it would have expired: %d ms", (later) => {
    const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
    const revoked = { at: "2026-11-21T11:00:00.000Z", reason: "refresh_reuse", operationId } as const;

    expect(decideSession({ ...session, revoked }, now + later, everything)).toEqual({
      kind: "refused",
      code: "session_revoked",
      reason: "refresh_reuse",
    });
  });
});

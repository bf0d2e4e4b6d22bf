import { describe, expect, it } from "@jest/globals";
import type { Session } from "../session-store.ts";
import { decideRotation } from "./decide-rotation.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");
const at = (ms: number): string => new Date(noon + ms).toISOString();
const operation = (count: number): string => `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
const lifetimes = { anonymousIdleSeconds: 100, accountIdleSeconds: 200, accountMaxSeconds: 7200 };
const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** Three generations: operation 2 made the second at noon, operation 3 the third a minute later. */
const session: Session = {
  sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
  userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
  userKind: "anonymous",
  method: "anonymous",
  amr: [],
  openedAt: at(-HOUR),
  expiresAt: at(HOUR),
  generation: 3,
  pull: 0,
  rotations: [
    { generation: 2, operationId: operation(2), at: at(0) },
    { generation: 3, operationId: operation(3), at: at(60 * SECOND) },
  ],
};
const jtiOf = (by: number): string => `2d8b8c5a-9c2a-8b7d-8e3f-${String(by).padStart(12, "0")}`;
/** The token of a generation, received and decided on at these milliseconds after noon. */
const present = (
  generation: number,
  receivedAt: number,
  { now = receivedAt, by = 99, of = session }: { now?: number; by?: number; of?: Session | undefined } = {},
) =>
  decideRotation(
    of,
    { operationId: operation(by), jti: jtiOf(by), generation, receivedAt: noon + receivedAt },
    { now: noon + now, lifetimes },
  );
const nextOf = (decision: ReturnType<typeof decideRotation>): Session => {
  if (!("next" in decision)) throw new Error(`${decision.kind} writes nothing`);
  return decision.next;
};

describe("the current generation", () => {
  it("makes the next, which lives as long as a new session", () => {
    expect(present(3, 70 * SECOND)).toEqual({
      kind: "rotate",
      next: {
        ...session,
        generation: 4,
        jti: jtiOf(99),
        lastSeenAt: at(70 * SECOND),
        expiresAt: at(170 * SECOND),
        rotations: [...session.rotations, { generation: 4, operationId: operation(99), at: at(70 * SECOND) }],
      },
    });
  });

  it("is followed when it is committed, not when it was asked for", () => {
    expect(nextOf(present(3, 70 * SECOND, { now: 75 * SECOND })).rotations.at(-1)?.at).toBe(at(75 * SECOND));
  });

  it("is followed no earlier than it was received, nor than it began, by a clock that is behind", () => {
    const received = nextOf(present(3, 70 * SECOND, { now: -HOUR }));
    expect([received.rotations.at(-1)?.at, received.expiresAt]).toEqual([at(70 * SECOND), at(170 * SECOND)]);
    expect(nextOf(present(3, 10 * SECOND, { now: 20 * SECOND })).rotations.at(-1)?.at).toBe(at(60 * SECOND));
  });

  it("is a use, which does not set back one that was told before", () => {
    const next = nextOf(present(3, 70 * SECOND, { of: { ...session, lastSeenAt: at(72 * SECOND) } }));

    expect([next.lastSeenAt, next.expiresAt]).toEqual([at(72 * SECOND), at(172 * SECOND)]);
    expect(next.rotations.at(-1)?.at).toBe(at(70 * SECOND));
  });

  it("of an account lives as long as an account's, and never past its end", () => {
    const account: Session = { ...session, userKind: "account" };
    const opened = at(-HOUR);
    const old: Session = { ...account, openedAt: opened, expiresAt: at(HOUR) };

    expect(nextOf(present(3, 70 * SECOND, { of: account })).expiresAt).toBe(at(270 * SECOND));
    expect(nextOf(present(3, HOUR - SECOND, { of: old })).expiresAt).toBe(at(HOUR));
    expect(present(3, HOUR, { of: old })).toEqual({ kind: "refuse" });
  });

  it("of a session that was never refreshed is the first", () => {
    const next = nextOf(present(1, 0, { of: { ...session, generation: 1, rotations: [] } }));

    expect(next).toMatchObject({
      generation: 2,
      rotations: [{ generation: 2, operationId: operation(99), at: at(0) }],
    });
  });

  it("leaves sixteen in the history, the oldest gone", () => {
    const rotations = Array.from({ length: 16 }, (_, index) => ({
      generation: index + 2,
      operationId: operation(index + 2),
      at: at(index * SECOND),
    }));
    const next = nextOf(present(17, HOUR / 2, { of: { ...session, generation: 17, rotations } }));

    expect(next.rotations.map(({ generation }) => generation)).toEqual(Array.from({ length: 16 }, (_, i) => i + 3));
  });
});

describe("the operation that made a generation", () => {
  it.each([
    ["at once", 0],
    ["after the grace", 11 * SECOND],
    ["when the session has expired", 2 * HOUR],
  ])("is told the current one when it comes again %s", (_, now) => {
    expect(present(1, 0, { now, by: 2 })).toEqual({ kind: "tell-current" });
    expect(present(2, 60 * SECOND, { now, by: 3 })).toEqual({ kind: "tell-current" });
  });

  it("is told so when the session has been ended since", () => {
    const revoked = { at: at(70 * SECOND), reason: "logout", operationId: operation(8) } as const;

    expect(present(2, 60 * SECOND, { by: 3, of: { ...session, revoked } })).toEqual({ kind: "tell-current" });
  });
});

describe("an older generation", () => {
  it.each([
    ["received before its successor was committed", 1, -5 * SECOND],
    ["received as it was committed", 1, 0],
    ["received ten seconds after it was committed", 1, 10 * SECOND],
    ["received ten seconds after it was committed, as the one before the last", 2, 70 * SECOND],
  ])("%s is told the current one", (_, generation, receivedAt) => {
    expect(present(generation, receivedAt)).toEqual({ kind: "tell-current" });
  });

  it("is told the current one however late its message comes", () => {
    expect(present(1, 9 * SECOND, { now: HOUR - 1 })).toEqual({ kind: "tell-current" });
  });

  it.each([
    ["the first", 1, 10 * SECOND + 1],
    ["the first, long after", 1, HOUR / 2],
    ["the one before the last", 2, 70 * SECOND + 1],
  ])("received later than ten seconds after its successor's commit is stolen: %s", (_, generation, receivedAt) => {
    expect(present(generation, receivedAt)).toEqual({
      kind: "theft",
      next: {
        ...session,
        revoked: { at: at(receivedAt), reason: "refresh_reuse", operationId: operation(99) },
      },
    });
  });

  it("is judged by when it was received, whatever the deciding clock says", () => {
    expect(present(1, 10 * SECOND, { now: -HOUR }).kind).toBe("tell-current");
    expect(present(1, 10 * SECOND + 1, { now: -HOUR }).kind).toBe("theft");
  });
});

describe("a generation older than the history", () => {
  const rotations = Array.from({ length: 16 }, (_, index) => ({
    generation: index + 5,
    operationId: operation(index + 5),
    at: at(index * SECOND),
  }));
  const old: Session = { ...session, generation: 20, rotations };

  it.each([-HOUR, 0, 10 * SECOND])(
    "is refused when received %d ms after the oldest entry: nothing ends",
    (received) => {
      expect(present(3, received, { of: old })).toEqual({ kind: "refuse" });
    },
  );

  it("is stolen when received later than that", () => {
    expect(present(3, 10 * SECOND + 1, { of: old }).kind).toBe("theft");
  });

  it("is one that is remembered when its successor is the oldest entry", () => {
    expect(present(4, 10 * SECOND, { of: old }).kind).toBe("tell-current");
    expect(present(4, 10 * SECOND + 1, { of: old }).kind).toBe("theft");
  });

  it("is refused when nothing is remembered", () => {
    expect(present(1, HOUR / 2, { of: { ...session, rotations: [] } })).toEqual({ kind: "refuse" });
  });
});

describe("no generation", () => {
  it("of a session that is not there counts", () => {
    expect(
      decideRotation(
        undefined,
        { operationId: operation(99), jti: jtiOf(99), generation: 1, receivedAt: noon },
        { now: noon, lifetimes },
      ),
    ).toEqual({
      kind: "refuse",
    });
  });

  it("that has not begun counts", () => {
    expect(present(4, HOUR / 2)).toEqual({ kind: "refuse" });
  });

  it.each([1, 2, 3])("of a session that was ended counts: %d", (generation) => {
    const revoked = { at: at(0), reason: "logout", operationId: operation(8) } as const;

    expect(present(generation, HOUR / 2, { of: { ...session, revoked } })).toEqual({ kind: "refuse" });
  });

  it("of a session that has expired counts, to the millisecond", () => {
    expect(present(3, HOUR - 1).kind).toBe("rotate");
    expect(present(3, HOUR)).toEqual({ kind: "refuse" });
    expect(present(1, HOUR)).toEqual({ kind: "refuse" });
  });
});

describe("a theft that was found", () => {
  const found = nextOf(present(1, 20 * SECOND));

  it("is found again by the operation that found it, also when the session would have expired", () => {
    expect(present(1, 20 * SECOND, { of: found })).toEqual({ kind: "theft-known" });
    expect(present(1, 20 * SECOND, { of: found, now: 2 * HOUR })).toEqual({ kind: "theft-known" });
  });

  it("is an ended session for all others", () => {
    expect(present(1, 20 * SECOND, { of: found, by: 100 })).toEqual({ kind: "refuse" });
    expect(present(3, 20 * SECOND, { of: found, by: 100 })).toEqual({ kind: "refuse" });
  });
});

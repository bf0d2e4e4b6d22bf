import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Session } from "../session-store.ts";
import { decideTouch } from "./decide-touch.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const at = (ms: number): string => new Date(noon + ms).toISOString();
const lifetimes = { anonymousIdleSeconds: 7200, accountIdleSeconds: 10_800, accountMaxSeconds: 18_000 };

/** A visitor's session that was opened at noon. */
const session: Session = {
  sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
  userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
  userKind: "anonymous",
  method: "anonymous",
  amr: [],
  openedAt: at(0),
  expiresAt: at(2 * HOUR),
  generation: 1,
  pull: 0,
  rotations: [],
};
/** Used and decided on at these milliseconds after noon. */
const touch = (of: Session | undefined, usedAt: number, now = usedAt, given = lifetimes) =>
  decideTouch(of, noon + usedAt, { now: noon + now, lifetimes: given });
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;

describe("a session that is used", () => {
  it("lives on from that use, and is changed in nothing else", () => {
    const next = { ...session, lastSeenAt: at(HOUR), expiresAt: at(3 * HOUR) };

    expect(touch(session, HOUR)).toEqual({ kind: "slide", next });
  });

  it("lives on from when it was used, however late that is heard of", () => {
    expect(touch(session, HOUR, 2 * HOUR - 1)).toEqual(touch(session, HOUR));
  });

  it("is not used later than it is heard of, by a clock that is ahead", () => {
    expect(touch(session, 50 * HOUR, HOUR)).toEqual(touch(session, HOUR));
  });

  it("of an account never lives past its end, and is seen to the last", () => {
    const account: Session = { ...session, userKind: "account", expiresAt: at(3 * HOUR) };
    expect(touch(account, HOUR)).toMatchObject({ next: { expiresAt: at(4 * HOUR) } });
    expect(touch(account, 2.5 * HOUR)).toMatchObject({ next: { expiresAt: at(5 * HOUR) } });
    const last: Session = { ...account, expiresAt: at(5 * HOUR) };

    expect(touch(last, 5 * HOUR - 1)).toMatchObject({
      next: { lastSeenAt: at(5 * HOUR - 1), expiresAt: at(5 * HOUR) },
    });
    expect(touch(last, 5 * HOUR)).toEqual({ kind: "over" });
  });

  it("keeps an expiry that is later than this use would make it", () => {
    expect(touch({ ...session, expiresAt: at(9 * HOUR) }, HOUR)).toEqual({
      kind: "slide",
      next: { ...session, lastSeenAt: at(HOUR), expiresAt: at(9 * HOUR) },
    });
  });
});

describe("a use within a minute after another", () => {
  it.each([
    ["the opening", session],
    ["a use", { ...session, openedAt: at(-HOUR), lastSeenAt: at(0) }],
    ["a refresh", { ...session, openedAt: at(-HOUR), rotations: [{ generation: 2, operationId, at: at(0) }] }],
  ])("changes nothing: %s", (_, of) => {
    for (const used of [-HOUR, -1, 0, 1, MINUTE - 1]) expect(touch(of, used, HOUR)).toEqual({ kind: "recent" });
    expect(touch(of, MINUTE, HOUR).kind).toBe("slide");
  });

  it("is one within a tenth of its life where sessions live for minutes", () => {
    const short = { ...lifetimes, anonymousIdleSeconds: 100 };
    const of = { ...session, expiresAt: at(100 * SECOND) };

    expect(touch(of, 10 * SECOND - 1, 20 * SECOND, short)).toEqual({ kind: "recent" });
    expect(touch(of, 10 * SECOND, 20 * SECOND, short)).toMatchObject({ next: { expiresAt: at(110 * SECOND) } });
  });

  it("is its own when its message comes twice", () => {
    const first = touch(session, HOUR);
    if (first.kind !== "slide") throw new Error(first.kind);

    expect(touch(first.next, HOUR, HOUR + SECOND)).toEqual({ kind: "recent" });
  });
});

describe("a session that has ended", () => {
  it.each([
    ["expired", session, 2 * HOUR, 2 * HOUR],
    ["expired since it was used", session, HOUR, 2 * HOUR],
    ["was revoked", { ...session, revoked: { at: at(0), reason: "logout", operationId } as const }, HOUR, HOUR],
    ["is gone", undefined, HOUR, HOUR],
  ])("stays so: %s", (_, of, used, now) => {
    expect(touch(of, used, now)).toEqual({ kind: "over" });
  });
});

describe("any number of uses, heard of in any order", () => {
  const uses = fc.array(fc.record({ used: fc.nat(4 * HOUR), late: fc.nat(HOUR) }), { maxLength: 60 });

  it("write at most once a minute, never move the expiry back, and never bring back what has ended", () => {
    fc.assert(
      fc.property(uses, fc.nat(6 * HOUR), (given, endsAt) => {
        let current = session;
        const written: number[] = [];
        for (const { used, heard } of given
          .map((use) => ({ used: use.used, heard: use.used + use.late }))
          .toSorted((one, other) => one.heard - other.heard)) {
          if (heard >= endsAt) current = { ...current, revoked: { at: at(endsAt), reason: "logout", operationId } };
          const decision = touch(current, used, heard);
          if (decision.kind !== "slide") continue;
          expect(current.revoked).toBeUndefined();
          expect(Date.parse(current.expiresAt)).toBeGreaterThan(noon + heard);
          expect(Date.parse(decision.next.expiresAt)).toBeGreaterThanOrEqual(Date.parse(current.expiresAt));
          expect(Date.parse(decision.next.expiresAt)).toBeLessThanOrEqual(noon + used + 2 * HOUR);
          written.push(used);
          current = decision.next;
        }
        const gaps = written.map((each, index) => each - (written[index - 1] ?? 0));
        expect(gaps.filter((gap) => gap < MINUTE)).toEqual([]);
      }),
    );
  });
});

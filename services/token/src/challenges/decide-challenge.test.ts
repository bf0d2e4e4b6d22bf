import { describe, expect, it } from "@jest/globals";
import type { Challenge } from "./challenge-store.ts";
import { attemptsLeftAfter, decideCode, decideGuess, decideLink } from "./decide-challenge.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");
const MINUTE = 60_000;
const five = { attempts: 5 };
const at = (ms: number): string => new Date(noon + ms).toISOString();
const operation = (count: number): string => `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
const open: Challenge = {
  challengeId: `ch_${"0".repeat(32)}${"A".repeat(22)}`,
  challengeKind: "magic_link",
  email: "ada@example.com",
  createdAt: at(0),
  kid: "k1",
  codeVerifier: "hash",
  codeExpiresAt: at(10 * MINUTE),
  linkHash: "hash",
  linkExpiresAt: at(60 * MINUTE),
  attempts: [],
};
const usedBy = (count: number): Challenge => ({
  ...open,
  used: { at: at(MINUTE), byIp: "192.0.2.1", operationId: operation(count), by: "link" },
});
const tried = (...counts: readonly number[]): Challenge => ({ ...open, attempts: counts.map(operation) });
const answer = (count: number, minutes: number) => ({
  operationId: operation(count),
  receivedAt: noon + minutes * MINUTE,
  ip: "192.0.2.9",
  isCrossed: false,
});

describe.each([
  ["link", decideLink, 60],
  ["code", decideCode, 10],
] as const)("an answer by %s", (by, decide, minutes) => {
  it("spends an open challenge, and says when, by whom and from where", () => {
    expect(decide(open, answer(1, 2))).toEqual({
      kind: "spend",
      next: { ...open, used: { at: at(2 * MINUTE), byIp: "192.0.2.9", operationId: operation(1), by } },
    });
  });

  it("says of a registration, and of nothing else, that it was crossed", () => {
    const crossed = { ...answer(1, 2), isCrossed: true };
    const registration = { ...open, challengeKind: "registration" as const };
    const usedAfter = (...[challenge, answered]: Parameters<typeof decide>) => {
      const decision = decide(challenge, answered);
      return decision.kind === "spend" ? decision.next.used : undefined;
    };

    expect(usedAfter(registration, crossed)).toMatchObject({ by, isCrossed: true });
    expect(usedAfter(registration, answer(1, 2))).not.toHaveProperty("isCrossed");
    expect(usedAfter(open, crossed)).not.toHaveProperty("isCrossed");
  });

  it("is told the same when it comes again, however late", () => {
    expect(decide(usedBy(1), answer(1, 2))).toEqual({ kind: "spent-by-this" });
    expect(decide(usedBy(1), answer(1, 600))).toEqual({ kind: "spent-by-this" });
  });

  it("finds a challenge used that another has spent, by whichever way, also when its time is over", () => {
    expect(decide(usedBy(1), answer(2, 2))).toEqual({ kind: "used" });
    expect(decide(usedBy(1), answer(2, 600))).toEqual({ kind: "used" });
  });

  it("is taken to the last millisecond of its time, and not after", () => {
    const last = { ...answer(1, minutes), receivedAt: noon + minutes * MINUTE - 1 };

    expect(decide(open, last).kind).toBe("spend");
    expect(decide(open, answer(1, minutes))).toEqual({ kind: "expired" });
  });
});

it("a challenge without a link is not answered by one", () => {
  const { linkHash: _, linkExpiresAt: __, ...codeOnly } = open;

  expect(decideLink(codeOnly, answer(1, 0))).toEqual({ kind: "expired" });
});

describe("a guess", () => {
  it("counts before it may be compared", () => {
    expect(decideGuess(tried(1), answer(2, 1), five)).toEqual({ kind: "count", next: tried(1, 2) });
  });

  it("counts once, however often its message comes", () => {
    expect(decideGuess(tried(1, 2), answer(1, 1), five)).toEqual({ kind: "counted" });
    expect(decideGuess(tried(1, 2, 3, 4, 5), answer(5, 600), five)).toEqual({ kind: "counted" });
  });

  it("is not made once five others were", () => {
    expect(decideGuess(tried(1, 2, 3, 4), answer(5, 1), five).kind).toBe("count");
    expect(decideGuess(tried(1, 2, 3, 4, 5), answer(6, 1), five)).toEqual({ kind: "exhausted" });
  });

  it("is not made after the code's time, nor at a challenge that is used", () => {
    expect(decideGuess(open, answer(1, 10), five)).toEqual({ kind: "expired" });
    expect(decideGuess(usedBy(1), answer(2, 1), five)).toEqual({ kind: "used" });
    expect(decideGuess(usedBy(1), answer(1, 1), five)).toEqual({ kind: "spent-by-this" });
  });

  it("leaves as many as follow it, also when it is told so again later", () => {
    expect(attemptsLeftAfter(tried(1), operation(1), five)).toBe(4);
    expect(attemptsLeftAfter(tried(1, 2, 3), operation(1), five)).toBe(4);
    expect(attemptsLeftAfter(tried(1, 2, 3, 4, 5), operation(5), five)).toBe(0);
  });
});

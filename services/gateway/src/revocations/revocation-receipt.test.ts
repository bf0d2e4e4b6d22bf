import { describe, expect, it } from "@jest/globals";
import { andonSchemas } from "@lanyard/contracts";
import { type BulkRevocation, isComplete, receiptOf, summaryOf } from "./revocation-receipt.ts";

const T = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(T + ms).toISOString();
const pull = { number: 3, at: at(0) };
const revocation: BulkRevocation = {
  revocationId: "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90",
  scope: { kind: "all" },
  reason: "A key on a lost laptop",
  pulledBy: "key:deploy",
  receivedAt: at(-10),
  operationId: `op_${"0".repeat(32)}${"A".repeat(22)}`,
  candidate: 3,
};
const lease = (inbox: string, sinceMs: number | undefined, untilMs: number) => ({
  inbox,
  leaseUntil: at(untilMs),
  ...(sinceMs === undefined ? {} : { since: at(sinceMs) }),
});
const confirmation = (inbox: string, propagationMs: number) => ({
  number: 3,
  inbox,
  confirmedAt: at(propagationMs),
  propagationMs,
});
const summary = summaryOf(revocation, pull);

describe("how far a bulk revocation is", () => {
  const progress = { step: 0, matched: 0, swept: 0 };

  it.each([
    ["effective", undefined],
    ["effective", progress],
    ["sweeping", { ...progress, step: 1, after: "here", matched: 4, swept: 3 }],
    ["done", { ...progress, step: 9, matched: 40, swept: 40, doneAt: at(5) }],
    ["done", { ...progress, doneAt: at(5) }],
  ])("is %s with %j", (state, sweep) => {
    const { matched = 0, swept = 0 } = sweep ?? {};

    expect(summaryOf({ ...revocation, ...(sweep && { sweep }) }, pull)).toMatchObject({ state, matched, swept });
  });

  it("says of the revocation what its contract does", () => {
    expect(andonSchemas.revocationReceipts.parse({ revocations: [summary] }).revocations).toEqual([
      {
        revocationId: revocation.revocationId,
        state: "effective",
        number: 3,
        scope: { kind: "all" },
        reason: revocation.reason,
        pulledBy: "key:deploy",
        effectiveAt: at(0),
        matched: 0,
        swept: 0,
      },
    ]);
  });
});

describe("the gateways of a receipt", () => {
  const counted = (...args: [Parameters<typeof receiptOf>[1], Parameters<typeof receiptOf>[2]]) => {
    const { known, confirmed } = receiptOf(summary, ...args).gateways;
    return [known, confirmed];
  };

  it("are known when they heard at the moment of the pull", () => {
    expect(counted([lease("a", -1000, 59_000), lease("b", 0, 60_000), lease("c", undefined, 30_000)], [])).toEqual([
      3, 0,
    ]);
  });

  it("are not known when their lease was over, or began later", () => {
    expect(counted([lease("dead", -90_000, -1), lease("late", 1, 60_000)], [])).toEqual([0, 0]);
    expect(counted([lease("dead since", -90_000, 0)], [])).toEqual([1, 0]);
  });

  it("are known when they have confirmed, whatever became of their lease", () => {
    const confirmations = [confirmation("gone", 4), confirmation("late", 50_000), confirmation("a", 3)];

    expect(counted([lease("a", -1000, 59_000), lease("late", 1, 60_000)], confirmations)).toEqual([3, 3]);
  });
});

describe("the propagation of a receipt", () => {
  const percentiles = (times: readonly number[]) =>
    receiptOf(
      summary,
      [],
      times.map((time, index) => confirmation(`inbox-${index}`, time)),
    ).propagationMs;

  it("is none while nobody has confirmed", () => {
    expect(percentiles([])).toBeNull();
  });

  it.each([
    [[7], { p50: 7, p95: 7, p99: 7, max: 7 }],
    [[9, 1], { p50: 1, p95: 9, p99: 9, max: 9 }],
    [[5, 20, 3], { p50: 5, p95: 20, p99: 20, max: 20 }],
    [Array.from({ length: 100 }, (_, index) => 100 - index), { p50: 50, p95: 95, p99: 99, max: 100 }],
    [Array.from({ length: 200 }, (_, index) => index + 1), { p50: 100, p95: 190, p99: 198, max: 200 }],
  ])("is by nearest rank: %j", (times, expected) => {
    expect(percentiles(times)).toEqual(expected);
  });
});

describe("a receipt", () => {
  it("is complete once all items are marked and all known gateways refuse", () => {
    const leases = [lease("a", -1000, 59_000)];
    const done = summaryOf({ ...revocation, sweep: { step: 1, matched: 0, swept: 0, doneAt: at(5) } }, pull);

    expect(isComplete(receiptOf(done, leases, []))).toBe(false);
    expect(isComplete(receiptOf(summary, leases, [confirmation("a", 1)]))).toBe(false);
    expect(isComplete(receiptOf(done, leases, [confirmation("a", 1)]))).toBe(true);
    expect(isComplete(receiptOf(done, [], []))).toBe(true);
  });
});

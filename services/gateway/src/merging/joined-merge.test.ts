import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import type { RecordedOutcome } from "@lanyard/contracts";
import { virtualClock } from "@lanyard/messaging/testing";
import { recordingLog } from "../testing/recording-log.ts";
import { joinedMerge, mergeProgress } from "./joined-merge.ts";
import type { Merge } from "./merge-reads.ts";

const operation = (letter: string): string => `op_${"0".repeat(32)}${letter.repeat(22)}`;
const [first, second] = [operation("A"), operation("B")];
const mergedAt = "2026-01-01T00:00:00.000Z";
const merge: Merge = {
  operationId: first,
  visitorId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
  userId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
  mergedAt,
  step: 1,
  plan: [],
  lastSequence: 3,
  told: [],
  late: [],
  moved: 2,
  skipped: 1,
  held: 0,
  byKind: { configuration: { moved: 2, skipped: 1, held: 0 } },
};
const recorded = (result: object, name = "mergeVisitor"): RecordedOutcome => ({
  operationId: second,
  flow: { name, version: 1 },
  caller: { kind: "user", userId: merge.userId },
  outcome: { state: "succeeded", result: result as Record<string, never> },
  finishedAt: mergedAt,
});
const joining = recorded({ joined: first });
const down = new DependencyUnavailable("dynamodb", new Error("down"));

/** `merges` are what one look after the other finds; the last one stays. */
function underTest(merges: readonly (Merge | Error | undefined)[], outcome?: RecordedOutcome["outcome"]) {
  const clock = virtualClock();
  const { log, lines } = recordingLog();
  let looks = 0;
  const reads = {
    async merge() {
      const found = merges[Math.min(looks, merges.length - 1)];
      looks += 1;
      if (found instanceof Error) throw found;
      return found;
    },
  };
  const outcomes = {
    read: async () => (outcome === undefined ? undefined : { ...recorded({}), operationId: first, outcome }),
  };
  return {
    clock,
    lines,
    looks: () => looks,
    joins: joinedMerge({ merges: reads, outcomes, clock, log }),
    progress: mergeProgress({ merges: reads, log }),
  };
}
const result = { moved: 2, skipped: 1, held: 0, byKind: merge.byKind, mergedAt };

describe("an operation that has joined no other", () => {
  it.each([
    ["is a merge's own outcome", recorded(result)],
    [
      "is a refusal",
      { ...joining, outcome: { state: "failed", problem: { code: "already_merged" } } } as RecordedOutcome,
    ],
    ["is of another flow", recorded({ joined: first }, "logout")],
  ])("%s, and nothing is read for it", async (_, outcome) => {
    const { joins, looks } = underTest([merge]);

    expect(await joins(outcome)).toBe(outcome);
    expect(looks()).toBe(0);
  });
});

describe("a merge that has joined another", () => {
  it("is what that one has come to, as its own outcome", async () => {
    const { joins } = underTest([{ ...merge, doneAt: mergedAt }]);

    expect(await joins(joining)).toEqual({ ...joining, outcome: { state: "succeeded", result } });
  });

  it("has failed when that one has", async () => {
    const failed = { state: "failed", problem: { code: "operation_expired" } } as const;
    const { joins } = underTest([undefined], failed);

    expect(await joins(joining)).toEqual({ ...joining, outcome: failed });
  });

  it("is under way when that one is, named by that one's id; one look is all when nobody waits", async () => {
    const { joins, looks } = underTest([merge]);

    expect(await joins(joining)).toEqual({
      operationId: first,
      status: "pending",
      progress: { moved: 2, skipped: 1 },
    });
    expect(looks()).toBe(1);
    expect(await underTest([undefined]).joins(joining)).toEqual({ operationId: first, status: "pending" });
  });

  it("is waited for until then, looked at every 200 ms, its progress told when it changes", async () => {
    const told: unknown[] = [];
    const { joins, clock, looks } = underTest([undefined, merge, merge, { ...merge, moved: 3 }]);
    const standing = joins(joining, { until: clock.now() + 1000, onProgress: (progress) => void told.push(progress) });
    await clock.advance(999);
    expect(looks()).toBe(5);
    await clock.advance(1);

    expect(await standing).toMatchObject({ status: "pending", progress: { moved: 3 } });
    expect(looks()).toBe(6);
    expect(told).toEqual(
      [2, 3].map((moved) => ({ step: "merge.moveItems", position: 2, of: 3, detail: { moved, skipped: 1 } })),
    );
  });

  it("is over as soon as that one is, and when nobody wants to know any more", async () => {
    const { joins, clock } = underTest([merge, { ...merge, doneAt: mergedAt }]);
    const over = joins(joining, { until: clock.now() + 10_000 });
    await clock.advance(200);
    expect(await over).toMatchObject({ outcome: { result } });

    const hangUp = new AbortController();
    const given = underTest([merge]);
    const up = given.joins(joining, { until: given.clock.now() + 10_000, hungUp: hangUp.signal });
    hangUp.abort();
    expect(await up).toMatchObject({ status: "pending" });
    expect(given.looks()).toBeLessThanOrEqual(2);
  });

  it("is under way while the table does not answer, and found when it does", async () => {
    const { joins, clock, lines } = underTest([down, { ...merge, doneAt: mergedAt }]);
    const standing = joins(joining, { until: clock.now() + 1000 });
    await clock.advance(200);

    expect(await standing).toMatchObject({ outcome: { result } });
    expect(lines.map(({ level }) => level)).toEqual(["warn"]);
    expect(await underTest([down]).joins(joining)).toEqual({ operationId: first, status: "pending" });
  });
});

describe("the progress of an operation", () => {
  it("is what its merge has been through, nothing for what is none, and nothing when nobody can tell", async () => {
    expect(await underTest([merge]).progress(first)).toEqual({ moved: 2, skipped: 1 });
    expect(await underTest([undefined]).progress(first)).toBeUndefined();
    const { progress, lines } = underTest([down]);
    expect(await progress(first)).toBeUndefined();
    expect(lines).toHaveLength(1);
  });
});

import { describe, expect, it } from "@jest/globals";
import { MERGE_STEP_SIZE, mergeItem } from "@lanyard/contracts";
import { at, itemIdOf, upTo } from "../testing/items-under-test.ts";
import { accountId, mergedAt, mergeId, visitorId } from "../testing/merges-under-test.ts";
import { advanced as advancedBy, decideMergeStep, type MergeStepDone, opened } from "./decide-merge-step.ts";
import type { Merge } from "./merge-store.ts";
import type { MovedItem } from "./moved-item.ts";

const items = (from: number, count: number) =>
  upTo(count).map((each) => ({ kind: "alert", itemId: itemIdOf(from + each) }));
const of = { operationId: mergeId, visitorId, userId: accountId, mergedAt };
const moved = (count: number, given: Partial<MovedItem> = {}): MovedItem => ({
  ...{ kind: "alert", fromItemId: itemIdOf(count), toItemId: itemIdOf(count + 500), sequence: count, at: at(1) },
  ...{ how: "merged", held: false },
  ...given,
});
const advanced = (merge: Merge, done: MergeStepDone) => advancedBy(merge, done, { stepSize: MERGE_STEP_SIZE });
const nothing = { items: [], next: undefined };
const sequencesOf = ({ plan }: ReturnType<typeof opened>) => plan.map(({ sequence }) => sequence);

describe("a merge", () => {
  it("begins with what was listed first, numbered from one on", () => {
    const merge = opened(of, { items: items(0, 3), next: "more" });
    expect(merge).toMatchObject({ ...of, step: 0, after: "more", lastSequence: 3, moved: 0, byKind: {} });
    expect(sequencesOf(merge)).toEqual([1, 2, 3]);
    expect(mergeItem.schema.safeParse(merge).success).toBe(true);
  });

  it("goes on with what is listed next, under the numbers that follow, and counts what it has done", () => {
    const first = opened(of, { items: items(0, 3), next: "more" });
    const done = [moved(1), moved(2, { kind: "note", how: "superseded" }), moved(3, { held: true })];
    const second = advanced(first, { moved: done, found: { items: items(3, 2), next: undefined }, at: at(5) });

    expect(second).toMatchObject({ step: 1, lastSequence: 5, moved: 2, skipped: 1, held: 1 });
    expect(second.byKind).toEqual({
      alert: { moved: 2, skipped: 0, held: 1 },
      note: { moved: 0, skipped: 1, held: 0 },
    });
    expect(sequencesOf(second)).toEqual([4, 5]);
    expect(second.told.map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(second).not.toHaveProperty("after");
    expect(second.doneAt).toBeUndefined();
    expect(mergeItem.schema.safeParse(second).success).toBe(true);
  });

  it("is done when nothing is listed any more and nothing came late", () => {
    const merge = advanced(opened(of, { items: items(0, 1), next: undefined }), {
      ...{ moved: [moved(1)], found: nothing, at: at(5) },
    });
    expect(merge).toMatchObject({ step: 1, plan: [], doneAt: at(5), moved: 1, lastSequence: 1 });
  });

  it("moves what came late when all is listed, a step's worth at a time, before it is done", () => {
    const late = items(100, MERGE_STEP_SIZE + 1).map((item, index) => ({ ...item, sequence: index + 2 }));
    const first = { ...opened(of, { items: items(0, 1), next: undefined }), late, lastSequence: MERGE_STEP_SIZE + 2 };
    const second = advanced(first, { moved: [], found: nothing, at: at(5) });
    expect(second).toMatchObject({ plan: late.slice(0, -1), late: late.slice(-1), step: 1 });
    const third = advanced(second, { moved: [], found: nothing, at: at(6) });
    expect(third).toMatchObject({ plan: late.slice(-1), late: [], step: 2 });
    expect(third.doneAt).toBeUndefined();
    expect(advanced(third, { moved: [], found: nothing, at: at(7) })).toMatchObject({ step: 3, doneAt: at(7) });
  });

  it("lists on before what came late, also over pages of tombstones", () => {
    const late = [{ ...items(100, 1)[0], kind: "alert", itemId: itemIdOf(101), sequence: 1 }];
    const merge = { ...opened(of, { items: [], next: "more" }), late, lastSequence: 1 };
    const second = advanced(merge, { moved: [], found: { items: [], next: "still more" }, at: at(5) });
    expect(second).toMatchObject({ plan: [], late, after: "still more" });
    expect(second.doneAt).toBeUndefined();
  });
});

describe("the message of a step", () => {
  const merge = { ...opened(of, nothing), step: 3 };

  it("is carried out when as many are done as come before it", () => {
    expect(decideMergeStep(merge, 3)).toEqual({ kind: "move" });
  });

  it("sends the next one again when it was the last that was carried out", () => {
    expect(decideMergeStep(merge, 2)).toEqual({ kind: "next", step: 3 });
    expect(decideMergeStep({ ...merge, doneAt: at(9) }, 2)).toEqual({ kind: "done", at: at(9) });
  });

  it.each([0, 1])("is superseded when others were carried out since: %i", (step) => {
    expect(decideMergeStep(merge, step)).toEqual({ kind: "superseded" });
    expect(decideMergeStep({ ...merge, doneAt: at(9) }, step)).toEqual({ kind: "superseded" });
  });

  it("cannot be there before its turn, nor after the end", () => {
    expect(() => decideMergeStep(merge, 4)).toThrow("before its turn");
    expect(() => decideMergeStep({ ...merge, doneAt: at(9) }, 3)).toThrow("before its turn");
  });
});

import { expect } from "@jest/globals";
import type { MemoryItemStore } from "@lanyard/storage";
import { copyIdOf, type DataItem, stands } from "@lanyard/user-data";
import type { Merge } from "../moves/merge-store.ts";
import { accountId, mergeId, mergeIn, ownedIn, visitorId } from "./merges-under-test.ts";

export interface Expected {
  /** What each of the visitor's items was before it was frozen, by id; deleted ones left out. */
  readonly latest: ReadonlyMap<string, DataItem>;
  /** The data of all events `account.itemMoved` that were told. */
  readonly told: readonly Record<string, unknown>[];
  /** Items of the account that their user has touched meanwhile, by id: they need not be what the merge has made of them. */
  readonly touched?: ReadonlySet<string>;
}

/**
 * What holds of every merge that is done: each of the visitor's items is in effect exactly once, the account's, with its latest
 * value and one tombstone; numbers belong to one item each; counts are exact; what was told is what has moved.
 */
export function expectWhole(table: MemoryItemStore, { latest, told, touched = new Set() }: Expected): Merge {
  const merge = mergeIn(table);
  if (merge?.doneAt === undefined) throw new Error("the merge is not done");
  const before = ownedIn(table, visitorId);
  const after = ownedIn(table, accountId);
  const byId = new Map(after.map((item) => [item.itemId, item]));
  expect(before.filter(stands)).toEqual([]);

  const moved = before.filter(({ ended }) => ended?.how !== "deleted");
  expect(moved.map(({ itemId }) => itemId).sort()).toEqual([...latest.keys()].sort());
  for (const { itemId, json, leaving, ended } of moved) {
    const source = latest.get(itemId);
    const copy = byId.get(copyIdOf(accountId, itemId));
    const target = byId.get(ended?.copyId ?? "");
    expect(leaving).toBeUndefined();
    expect(ended).toMatchObject({ operationId: mergeId, mergedTo: accountId, mergedAt: merge.mergedAt });
    if (ended?.how === "superseded") {
      expect({ json, copy }).toEqual({ json: source?.json, copy: undefined });
      expect(target).toBeDefined();
    } else if (copy !== undefined) {
      expect({ json, copyId: ended?.copyId }).toEqual({ json: "", copyId: copy.itemId });
      expect(copy.origin).toMatchObject({ itemId, operationId: mergeId, mergedAt: merge.mergedAt });
      if (touched.has(copy.itemId)) continue;
      const { kind, createdAt, updatedAt } = copy;
      const { kind: from, createdAt: made, updatedAt: changed } = source ?? {};
      expect({ value: copy.json, kind, createdAt, updatedAt }).toEqual({
        ...{ value: source?.json, kind: from, createdAt: made, updatedAt: changed },
      });
      expect(copy.origin?.renamedFrom ?? copy.name).toBe(source?.name);
      expect(copy.held === undefined).toBe(ended?.held === undefined);
    } else {
      expect(json).toBe("");
      if (touched.has(target?.itemId ?? "")) continue;
      expect(target?.changes.map(({ fromItemId }) => fromItemId)).toContain(itemId);
      const newest = moved
        .filter((each) => each.ended?.copyId === target?.itemId && each.ended?.how === "merged")
        .map((each) => latest.get(each.itemId))
        .sort((one, other) => (one?.updatedAt ?? "").localeCompare(other?.updatedAt ?? ""))
        .at(-1);
      expect(target?.json).toBe(newest?.json);
    }
  }
  const copied = after.flatMap(({ origin }) => (origin?.operationId === mergeId ? [origin.itemId] : []));
  expect(copied.filter((itemId) => !latest.has(itemId))).toEqual([]);

  const sequences = moved.map(({ ended }) => ended?.sequence ?? 0);
  expect(new Set(sequences).size).toBe(sequences.length);
  expectCounts(merge, moved);
  expectTold(merge, moved, told);
  return merge;
}

/** Of what moved before the merge was done. */
function expectCounts(merge: Merge, moved: readonly DataItem[]): void {
  const within = moved.filter(({ ended }) => (ended?.sequence ?? 0) <= merge.lastSequence);
  const counted = (items: readonly DataItem[]) => ({
    moved: items.filter(({ ended }) => ended?.how === "merged").length,
    skipped: items.filter(({ ended }) => ended?.how === "superseded").length,
    held: items.filter(({ ended }) => ended?.held !== undefined).length,
  });
  const kinds = [...new Set(within.map(({ kind }) => kind))];
  const byKind = Object.fromEntries(kinds.map((kind) => [kind, counted(within.filter((item) => item.kind === kind))]));
  const { moved: all, skipped, held } = merge;
  expect({ moved: all, skipped, held, byKind: merge.byKind }).toEqual({ ...counted(within), byKind });
}

function expectTold(merge: Merge, moved: readonly DataItem[], told: Expected["told"]): void {
  const { operationId, userId, visitorId: from } = merge;
  const facts = moved
    .filter(({ ended }) => ended?.how === "merged")
    .map(({ kind, itemId, ended }) => ({
      ...{ mergeId: operationId, userId, visitorId: from },
      ...{ sequence: ended?.sequence, kind, fromItemId: itemId, toItemId: ended?.copyId },
    }));
  const bySequence = (items: readonly Record<string, unknown>[]) =>
    [...items].sort((one, other) => Number(one["sequence"]) - Number(other["sequence"]));
  const once = [...new Set(bySequence(told).map((data) => JSON.stringify(data)))].map((text) => JSON.parse(text));
  expect(once).toEqual(bySequence(facts));
}

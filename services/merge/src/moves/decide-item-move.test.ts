import { describe, expect, it } from "@jest/globals";
import { CHANGES_KEPT, dataItem } from "@lanyard/contracts";
import { copyIdOf, type DataItem, type MoveDecision } from "@lanyard/user-data";
import { at, itemIdOf, operation, upTo } from "../testing/items-under-test.ts";
import { accountId, accountItemIdOf, accounts, mergedAt, mergeId, visitors } from "../testing/merges-under-test.ts";
import {
  copyOf,
  decideFreeze,
  decideFrozen,
  decideOverwrite as decideOverwriteKeeping,
  type Leaving,
} from "./decide-item-move.ts";

const merge = { operationId: mergeId, userId: accountId, mergedAt };
const source = visitors(1, { updatedAt: at(9) });
const copyId = copyIdOf(accountId, source.itemId);
const leaving: Leaving = {
  ...{ operationId: mergeId, at: at(20), sequence: 4, name: source.name },
  ...{ as: "overwrite", toItemId: accountItemIdOf(1) },
};
const ended = { how: "deleted", at: at(0), operationId: operation(3) } as const;
const decideOverwrite = (item: DataItem | undefined, from: DataItem, by = merge) =>
  decideOverwriteKeeping(item, from, by, { changesKept: CHANGES_KEPT });
const isItem = (item: DataItem | undefined): boolean => dataItem.schema.safeParse(item).success;

describe("an item that is to be frozen", () => {
  const freeze = (item: DataItem | undefined, decision: MoveDecision) =>
    decideFreeze(item, merge, { sequence: 4, at: at(20), copyId, decideMove: () => decision });
  const copied = { as: "copy", name: "Name 1 (2)", conflicts: true } as const;

  it("keeps its value, and says what becomes of it", () => {
    const decision = freeze(source, copied);
    const laidDown = {
      operationId: mergeId,
      at: at(20),
      sequence: 4,
      as: "copy",
      toItemId: copyId,
      name: "Name 1 (2)",
    };
    expect(decision).toEqual({ kind: "freeze", next: { ...source, leaving: laidDown } });
    const gone = freeze(source, { as: "skip", itemId: accountItemIdOf(1), conflicts: true });
    expect(gone).toMatchObject({ next: { leaving: { as: "skip", toItemId: accountItemIdOf(1), name: "Name 1" } } });
  });

  it("stays as it is when it is frozen, has ended or never was, and nothing is decided about it", () => {
    const decideMove = () => {
      throw new Error("decided");
    };
    for (const item of [undefined, { ...source, ended }, { ...source, leaving }]) {
      expect(decideFreeze(item, merge, { sequence: 5, at: at(21), copyId, decideMove })).toEqual({ kind: "keep" });
    }
  });
});

describe("a copy", () => {
  it("has value and times of the item, a version and a history of its own, and says where it came from", () => {
    const copy = copyOf(source, { ...leaving, as: "copy", toItemId: copyId, name: "Name 1 (2)" }, merge, { slot: 3 });
    expect(copy).toEqual({
      ...{ itemId: copyId, kind: source.kind, name: "Name 1 (2)", json: source.json, version: 1, slot: 3 },
      ...{ createdAt: source.createdAt, updatedAt: at(9) },
      changes: [{ operationId: mergeId, version: 1, fromItemId: source.itemId }],
      origin: { itemId: source.itemId, mergedAt, operationId: mergeId, renamedFrom: "Name 1" },
    });
    expect(isItem(copy)).toBe(true);
  });
});

describe("the account's item that is to take a value", () => {
  const target = accounts(1, { updatedAt: at(5), version: 7 });
  const taken = decideOverwrite(target, source, merge);

  it("takes it as a change", () => {
    if (taken.kind !== "taken") throw new Error(taken.kind);
    expect(taken.next).toMatchObject({ json: source.json, updatedAt: at(9), version: 8, name: target.name });
    expect(isItem(taken.next)).toBe(true);
  });

  it("has it when it took it before, whatever it is by now", () => {
    if (taken.kind !== "taken" || taken.next === undefined) throw new Error(taken.kind);
    for (const since of [{}, { updatedAt: at(99), json: "[]" }, { ended, json: "" }]) {
      expect(decideOverwrite({ ...taken.next, ...since }, source, merge)).toEqual({ kind: "taken" });
    }
    // Of another item, or by another merge, it has not.
    expect(decideOverwrite(taken.next, visitors(2, { updatedAt: at(9) }), merge)).toEqual({ kind: "newer" });
    expect(decideOverwrite(taken.next, source, { ...merge, operationId: operation(901) })).toEqual({ kind: "newer" });
  });

  it("keeps its own when that is as new, and cannot take it when it is gone", () => {
    expect(decideOverwrite({ ...target, updatedAt: at(9) }, source, merge)).toEqual({ kind: "newer" });
    expect(decideOverwrite({ ...target, ended, json: "" }, source, merge)).toEqual({ kind: "gone" });
    expect(decideOverwrite(undefined, source, merge)).toEqual({ kind: "gone" });
  });

  it("remembers as many changes as any item", () => {
    const changes = upTo(CHANGES_KEPT).map((version) => ({ operationId: operation(version), version }));
    const decision = decideOverwrite({ ...target, changes }, source, merge);
    expect(decision.kind === "taken" && decision.next?.changes).toHaveLength(CHANGES_KEPT);
    expect(decision.kind === "taken" && decision.next?.changes.at(-1)).toMatchObject({ fromItemId: itemIdOf(1) });
  });
});

describe("a frozen item", () => {
  const frozen = { ...source, leaving };
  const carried = { kind: "carried-out", leaving, held: undefined } as const;
  const tombstone = {
    ...{ operationId: mergeId, mergedTo: accountId, mergedAt, sequence: 4, at: at(30) },
    ...{ how: "merged", copyId: accountItemIdOf(1) },
  };

  it("ends when that is done which its freeze says, without its value", () => {
    const decision = decideFrozen(frozen, carried, merge, at(30));
    expect(decision).toEqual({ kind: "end", next: { ...source, json: "", ended: tombstone } });
    expect(isItem(decision.kind === "end" ? decision.next : undefined)).toBe(true);
    expect(decideFrozen(frozen, { ...carried, held: "limit_reached" }, merge, at(30))).toMatchObject({
      next: { ended: { held: "limit_reached" } },
    });
  });

  it("keeps its value at its end when the account's counts", () => {
    const skipped = { ...leaving, as: "skip" } as const;
    const decision = decideFrozen({ ...source, leaving: skipped }, { ...carried, leaving: skipped }, merge, at(30));
    expect(decision).toEqual({ kind: "end", next: { ...source, ended: { ...tombstone, how: "superseded" } } });
  });

  it("is redirected while it says what could not be done, and keeps number and name", () => {
    const to = { as: "copy", toItemId: copyId } as const;
    expect(decideFrozen(frozen, { kind: "redirected", leaving, to }, merge, at(30))).toEqual({
      kind: "redirect",
      next: { ...source, leaving: { ...leaving, ...to } },
    });
  });

  it("is left alone when another run has redirected or ended it: what was done counts no more", () => {
    const elsewhere = { ...source, leaving: { ...leaving, as: "copy", toItemId: copyId } } as const;
    const to = { as: "skip", toItemId: leaving.toItemId } as const;
    for (const item of [elsewhere, { ...elsewhere, ended }, { ...source, ended }, undefined]) {
      expect(decideFrozen(item, carried, merge, at(30))).toEqual({ kind: "keep" });
      expect(decideFrozen(item, { kind: "redirected", leaving, to }, merge, at(30))).toEqual({ kind: "keep" });
    }
  });
});

import { describe, expect, it } from "@jest/globals";
import type { DataItem } from "@lanyard/user-data";
import { at, heldItem, item, itemIdOf, kind, operation, upTo } from "../testing/items-under-test.ts";
import { decideSave, type Save, type SaveDecision } from "./decide-save.ts";

const change = (given: Partial<Save> = {}): Save => ({
  operationId: operation(9),
  kind,
  itemId: itemIdOf(1),
  isNew: false,
  name: "New name",
  json: '{"new":true}',
  receivedAt: at(9),
  ...given,
});
const decide = (
  found: DataItem | undefined,
  given: Partial<Save> = {},
  { isClosed = false, slot }: { isClosed?: boolean; slot?: number | { noneOf: number } } = {},
): SaveDecision => decideSave(found, change(given), { isClosed, slot, limit: 3, changesKept: 8 });

const ended = (how: "deleted" | "merged" | "superseded") => ({ how, at: at(5), operationId: operation(5) }) as const;
const leaving: NonNullable<DataItem["leaving"]> = {
  operationId: operation(5),
  at: at(5),
  sequence: 1,
  as: "copy",
  toItemId: itemIdOf(77),
  name: "Report",
};
const own = { operationId: operation(9), version: 2 };

describe("a new item", () => {
  const isNew = true;

  it("asks for a slot before anything else", () => {
    expect(decide(undefined, { isNew })).toEqual({ kind: "needs-slot" });
  });

  it("is written under its slot, as its first version", () => {
    expect(decide(undefined, { isNew }, { slot: 4 })).toEqual({
      kind: "save",
      version: 1,
      next: {
        ...{ itemId: itemIdOf(1), kind, name: "New name", json: '{"new":true}', version: 1, slot: 4 },
        ...{ createdAt: at(9), updatedAt: at(9), changes: [{ operationId: operation(9), version: 1 }] },
      },
    });
  });

  it("is refused when there is no slot, and told of how many; and stays so when there is one", () => {
    const refused = { kind: "refused", code: "limit_reached", extra: { limit: 3 } };
    const decision = decide(undefined, { isNew }, { slot: { noneOf: 3 } });
    expect(decision).toMatchObject(refused);
    const tombstone = decision.kind === "refused" ? decision.next : undefined;
    expect(tombstone).toMatchObject({ json: "", changes: [], ended: { how: "deleted", operationId: operation(9) } });
    expect(decide(tombstone, { isNew }, { slot: 1 })).toEqual(refused);
    expect(decide(tombstone, { isNew, operationId: operation(10) }, { slot: 1 })).toMatchObject({
      code: "item_not_found",
    });
  });
});

describe("an item that stands", () => {
  it("is changed under the slot that it has, and remembers who changed it", () => {
    expect(decide(item(1))).toEqual({
      kind: "save",
      version: 2,
      next: {
        ...item(1),
        ...{ name: "New name", json: '{"new":true}', version: 2, updatedAt: at(9) },
        changes: [{ operationId: operation(1), version: 1 }, own],
      },
    });
  });

  it("keeps the slot that it has, whatever else was taken for it", () => {
    expect(decide(item(1), {}, { slot: 7 })).toMatchObject({ next: { slot: 1 } });
    expect(decide(item(1), {}, { slot: { noneOf: 3 } })).toMatchObject({ kind: "save", next: { slot: 1 } });
  });

  it("is changed by whoever names its version, and by nobody who names another", () => {
    expect(decide(item(1, { version: 5 }), { expectedVersion: 5 })).toMatchObject({ kind: "save", version: 6 });
    for (const expectedVersion of [4, 6]) {
      const refused = { kind: "refused", code: "version_conflict", extra: { version: 5 } };
      expect(decide(item(1, { version: 5 }), { expectedVersion })).toEqual(refused);
    }
  });

  it("was never changed before it was", () => {
    expect(decide(item(1, { updatedAt: at(20) }))).toMatchObject({ next: { updatedAt: at(20) } });
  });

  it("remembers the last eight changes", () => {
    const changes = upTo(8).map((version) => ({ operationId: operation(version), version }));
    const decision = decide(item(1, { version: 8, changes }));
    expect(decision).toMatchObject({ next: { version: 9, changes: [...changes.slice(1), { ...own, version: 9 }] } });
  });

  it("says that it was saved before to the operation that did, whatever has become of it since", () => {
    const saved = item(1, { version: 3, changes: [own, { operationId: operation(10), version: 3 }] });
    for (const now of [
      saved,
      { ...saved, leaving },
      ...(["deleted", "merged", "superseded"] as const).map((how) => ({ ...saved, ended: ended(how) })),
    ]) {
      for (const isClosed of [false, true]) {
        expect(decide(now, { expectedVersion: 1 }, { isClosed })).toEqual({ kind: "saved-before", version: 2 });
      }
    }
  });
});

describe("a change that comes when the item remembers only later ones", () => {
  const later = upTo(8).map((count) => ({ operationId: operation(20 + count), version: count + 3 }));
  const forgetful = item(1, { version: 11, changes: later });

  it("undoes none of them: it is as if it had been carried out before", () => {
    expect(decide(forgetful)).toEqual({ kind: "saved-before", version: 3 });
  });

  it("is refused when it names a version: that one is gone, whoever changed it", () => {
    expect(decide(forgetful, { expectedVersion: 2 })).toMatchObject({ kind: "refused", code: "version_conflict" });
  });

  it("is carried out when the item remembers all there were, or one from before it", () => {
    const whole = item(1, {
      version: 2,
      changes: later.slice(0, 2).map((each, index) => ({ ...each, version: index + 1 })),
    });
    expect(decide(whole)).toMatchObject({ kind: "save", version: 3 });
    const [, ...others] = later;
    const one = { operationId: operation(8), version: 4 };
    expect(decide({ ...forgetful, changes: [one, ...others] })).toMatchObject({ kind: "save", version: 12 });
  });
});

describe("an item beyond the limit", () => {
  it("gets a slot when it is saved, and is held no more", () => {
    expect(decide(heldItem(1))).toEqual({ kind: "needs-slot" });
    const decision = decide(heldItem(1), {}, { slot: 0 });
    const { held: _, ...rest } = heldItem(1);
    expect(decision).toMatchObject({ kind: "save", version: 2, next: { origin: rest.origin, slot: 0 } });
    expect(decision).not.toHaveProperty("next.held");
  });

  it("stays as it is when there is no slot", () => {
    expect(decide(heldItem(1), {}, { slot: { noneOf: 3 } })).toMatchObject({ kind: "refused", code: "limit_reached" });
  });

  it("asks for no slot when its version is another", () => {
    expect(decide(heldItem(1), { expectedVersion: 2 })).toMatchObject({ code: "version_conflict" });
  });
});

describe("what is not there to be changed", () => {
  it.each([
    ["never was", undefined, "item_not_found"],
    ["was deleted", item(1, { ended: ended("deleted") }), "item_not_found"],
    ["has moved", item(1, { ended: ended("merged") }), "user_merged"],
    ["has moved into another", item(1, { ended: ended("superseded") }), "user_merged"],
    ["is about to move", item(1, { leaving }), "user_merged"],
  ] as const)("is refused when it %s", (_, found, code) => {
    expect(decide(found, { expectedVersion: 1 })).toEqual({ kind: "refused", code });
    expect(decide(found, {}, { isClosed: true })).toEqual({ kind: "refused", code });
  });
});

describe("a closed visitor", () => {
  it("makes nothing new, also not by a run that has not seen it closed", () => {
    const decision = decide(undefined, { isNew: true }, { isClosed: true, slot: 1 });
    expect(decision).toMatchObject({ kind: "refused", code: "user_merged" });
    const tombstone = decision.kind === "refused" ? decision.next : undefined;
    expect(tombstone).toMatchObject({ json: "", changes: [], ended: { how: "deleted", operationId: operation(9) } });
    expect(decide(tombstone, { isNew: true }, { slot: 1 })).toEqual({ kind: "refused", code: "user_merged" });
  });

  it("changes what stands until that is frozen", () => {
    expect(decide(item(1), {}, { isClosed: true })).toMatchObject({ kind: "save", version: 2 });
    expect(decide(item(1, { leaving }), {}, { isClosed: true })).toEqual({ kind: "refused", code: "user_merged" });
  });
});

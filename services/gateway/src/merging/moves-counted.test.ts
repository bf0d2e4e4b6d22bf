import { describe, expect, it } from "@jest/globals";
import { type DataItem, kindsOf } from "@lanyard/user-data";
import { MovesCounted } from "./moves-counted.ts";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
let ids = 0;
const item = (kind: string, name: string, change: Partial<DataItem> = {}): DataItem => {
  ids += 1;
  const itemId = `00000000-0000-8000-8000-${String(ids).padStart(12, "0")}`;
  return { itemId, kind, name, json: "{}", version: 1, createdAt: at(0), updatedAt: at(0), changes: [], ...change };
};
const kinds = kindsOf({
  both: { conflict: "keep-both", maxItems: 3 },
  account: { conflict: "keep-account", maxItems: 3 },
  newest: { conflict: "keep-newest", maxItems: 3 },
});

/** What a merge of `visitors` into an account with `own` would do. */
async function preview(visitors: readonly DataItem[], own: readonly DataItem[] = []) {
  const reads: string[] = [];
  const counted = new MovesCounted(kinds, async function* (kind) {
    reads.push(kind);
    for (const each of own) if (each.kind === kind) yield [each];
  });
  for (const each of visitors) await counted.add(each);
  return { ...counted.preview(), reads };
}

describe("what a merge would do", () => {
  it("is nothing for nothing, and nothing is read for it", async () => {
    expect(await preview([])).toEqual({ moved: 0, skipped: 0, held: 0, byKind: {}, conflicts: {}, reads: [] });
  });

  it("is told by kind, each of the account's read once", async () => {
    const counts = await preview([item("account", "a"), item("account", "b"), item("both", "a")]);

    expect(counts).toEqual({
      ...{ moved: 3, skipped: 0, held: 0, conflicts: {}, reads: ["account", "both"] },
      byKind: { account: { moved: 2, skipped: 0, held: 0 }, both: { moved: 1, skipped: 0, held: 0 } },
    });
  });

  it("follows the rule of a kind where the account has one of the name", async () => {
    const own = ["both", "account", "newest"].map((kind) => item(kind, "a", { slot: 0, updatedAt: at(5) }));
    const visitors = [
      item("both", "a"),
      item("account", "a", { updatedAt: at(9) }),
      item("newest", "a", { updatedAt: at(4) }),
      item("newest", "a", { updatedAt: at(6) }),
    ];

    expect(await preview(visitors, own)).toMatchObject({
      byKind: {
        both: { moved: 1, skipped: 0 },
        account: { moved: 0, skipped: 1 },
        newest: { moved: 1, skipped: 1 },
      },
      conflicts: { both: 1, account: 1, newest: 2 },
    });
  });

  it("lets a visitor's own items of one name both move: they are no conflict with each other", async () => {
    for (const kind of ["both", "account", "newest"]) {
      expect(await preview([item(kind, "a"), item(kind, "a")])).toMatchObject({ moved: 2, skipped: 0, conflicts: {} });
    }
  });

  it("holds what is beyond the limit: places that are taken count, held ones and those beyond the limit do not", async () => {
    const own = [
      item("both", "x", { slot: 0 }),
      item("both", "y", { slot: 7 }),
      item("both", "z", { held: "limit_reached" }),
    ];

    expect(
      await preview(
        ["a", "b", "c"].map((name) => item("both", name)),
        own,
      ),
    ).toMatchObject({ moved: 3, held: 1 });
  });

  it("needs no room for what takes the place of another, or is skipped", async () => {
    const own = ["a", "b", "c"].map((name, slot) => item("newest", name, { slot, updatedAt: at(slot) }));
    const visitors = ["a", "b", "c"].map((name) => item("newest", name, { updatedAt: at(1) }));

    expect(await preview(visitors, own)).toMatchObject({ moved: 1, skipped: 2, held: 0 });
  });

  it("keeps both and has no limit for a kind that is declared no longer", async () => {
    const names = ["a", "b", "c", "d"];
    const own = names.map((name, slot) => item("gone", name, { slot }));

    expect(
      await preview(
        names.map((name) => item("gone", name)),
        own,
      ),
    ).toMatchObject({
      ...{ moved: 4, skipped: 0, held: 0 },
      conflicts: { gone: 4 },
    });
  });
});

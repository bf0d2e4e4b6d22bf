import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { httpSchemas } from "@lanyard/contracts";
import { kindsOf } from "@lanyard/user-data";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { accountOf, merge, mergedIn, merges, namesOf, type Owned, owned, save } from "../support/merging.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const kinds = kindsOf({
  both: { conflict: "keep-both" },
  account: { conflict: "keep-account" },
  newest: { conflict: "keep-newest" },
  few: { conflict: "keep-both", maxItems: 3 },
});

let system: InProcessSystem;
let ada: Visitor;
let visitor: Visitor;
beforeEach(async () => {
  system = await inProcessSystem({ kinds });
  ada = await accountOf(system);
  visitor = await signIn(system);
});
afterEach(() => system.stop());

const saved = async (by: Visitor, kind: string, ...names: string[]): Promise<readonly Owned[]> => {
  const items: Owned[] = [];
  for (const name of names) {
    items.push(await save(system, by, name, { kind, value: by === ada ? "the account's" : "the visitor's" }));
    await system.clock.advance(1000);
  }
  return items;
};
const told = (items: readonly Owned[]): readonly unknown[] => items.map(({ name, value }) => [name, value]);
const preview = async (headers = {}) => {
  const answer = await merge(system, ada, visitor, { query: "?dryRun=true", headers });
  if (answer.status !== 200) throw new Error(answer.text);
  return httpSchemas.mergePreview.strict().parse(answer.body);
};
const counts = (moved: number, skipped = 0, held = 0) => ({ moved, skipped, held });

describe("where the account has one of the name", () => {
  it("keep-both moves it under another name that nobody has, and says what it was called", async () => {
    await saved(ada, "both", "Network", "Network (2)");
    const own = await saved(visitor, "both", "Network", "Storage", "Network");
    const result = mergedIn(await merge(system, ada, visitor));
    const after = await owned(system, ada, { kind: "both" });

    expect(result.byKind).toEqual({ both: counts(3) });
    expect(told(after)).toEqual([
      ["Network", "the account's"],
      ["Network (2)", "the account's"],
      ["Network (3)", "the visitor's"],
      ["Network (4)", "the visitor's"],
      ["Storage", "the visitor's"],
    ]);
    expect(after.map(({ origin }) => origin?.renamedFrom)).toEqual([
      undefined,
      undefined,
      "Network",
      "Network",
      undefined,
    ]);
    expect(after.flatMap(({ origin }) => origin?.itemId ?? []).toSorted()).toEqual(own.map(({ id }) => id).toSorted());
  });

  it("keep-account leaves the account's, even an older one, and skips the visitor's", async () => {
    await saved(ada, "account", "Theme");
    await saved(visitor, "account", "Theme", "Language");

    expect(mergedIn(await merge(system, ada, visitor)).byKind).toEqual({ account: counts(1, 1) });
    expect(told(await owned(system, ada, { kind: "account" }))).toEqual([
      ["Language", "the visitor's"],
      ["Theme", "the account's"],
    ]);
  });

  it("keep-newest takes the value that was changed last, into the account's item", async () => {
    const [older, newer] = [await saved(ada, "newest", "Theme"), await saved(visitor, "newest", "Theme", "Language")];
    await saved(ada, "newest", "Language");
    const before = await owned(system, ada, { kind: "newest" });
    const result = mergedIn(await merge(system, ada, visitor));
    const after = await owned(system, ada, { kind: "newest" });

    expect(result.byKind).toEqual({ newest: counts(1, 1) });
    expect(told(after)).toEqual([
      ["Language", "the account's"],
      ["Theme", "the visitor's"],
    ]);
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(after[1]).toMatchObject({ id: older[0]?.id, version: 2, updatedAt: newer[0]?.updatedAt });
  });

  it("no rule takes anything from one name to another kind", async () => {
    await saved(ada, "account", "Theme");
    await saved(visitor, "both", "Theme");

    expect(mergedIn(await merge(system, ada, visitor)).byKind).toEqual({ both: counts(1) });
  });
});

describe("what the account's limit cannot take", () => {
  it("is held: not among the others, listed for itself, read by its id, and saved when there is room", async () => {
    const [first] = await saved(ada, "few", "One", "Two");
    await saved(visitor, "few", "Three", "Four", "Five");
    const result = mergedIn(await merge(system, ada, visitor));
    const [kept, held] = [
      await owned(system, ada, { kind: "few" }),
      await owned(system, ada, { kind: "few", held: true }),
    ];

    expect(result).toMatchObject({ ...counts(3, 0, 2), byKind: { few: counts(3, 0, 2) } });
    expect([kept.length, held.length]).toEqual([3, 2]);
    expect(held.every((item) => item.held === "limit_reached")).toBe(true);
    expect([...namesOf(kept), ...namesOf(held)].toSorted()).toEqual(["Five", "Four", "One", "Three", "Two"]);
    const [waiting] = held as [Owned, Owned];
    const path = `/api/v2/data/few/${waiting.id}`;
    expect((await system.call("GET", path, { headers: ada.bearer })).body).toEqual(waiting);

    const { name, value } = waiting;
    const put = () => system.call("PUT", path, { headers: ada.bearer, json: { name, value } });
    expect(wordsOf(await put())).toBe("409 limit_reached");
    await system.call("DELETE", `/api/v2/data/few/${first?.id}`, { headers: ada.bearer });
    const answer = await put();
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty("held");
    expect(await owned(system, ada, { kind: "few", held: true })).toHaveLength(1);
  });
});

describe("a preview", () => {
  beforeEach(async () => {
    await saved(ada, "both", "Network", "Other");
    await saved(ada, "account", "Theme");
    await saved(ada, "newest", "Theme", "Old");
    await saved(ada, "few", "One", "Two");
    await saved(visitor, "both", "Network", "Network", "Storage");
    await saved(visitor, "account", "Theme", "Language");
    await saved(visitor, "newest", "Old", "New");
    await saved(visitor, "few", "One", "Three", "Four");
    await saved(ada, "newest", "Theme");
  });

  it("is what the merge then does, with the conflicts by kind", async () => {
    const { conflicts, ...expected } = await preview();
    const { mergedAt: _, ...result } = mergedIn(await merge(system, ada, visitor));

    expect(expected).toEqual(result);
    expect(expected).toEqual({
      ...counts(9, 1, 2),
      byKind: { both: counts(3), account: counts(1, 1), newest: counts(2), few: counts(3, 0, 2) },
    });
    expect(conflicts).toEqual({ both: 2, account: 1, newest: 1, few: 1 });
  });

  it("writes nothing, sends nothing, and ends no session", async () => {
    const tables = ["merge", "identity", "session", "operations"];
    const standing = () => JSON.stringify(tables.map((name) => system.table(name).dump()));
    const before = standing();
    let sent = 0;
    system.faults.loses = () => {
      sent += 1;
      return false;
    };
    await preview({ "idempotency-key": "a-key-of-some-length-0001" });

    expect(standing()).toBe(before);
    expect(sent).toBe(0);
    expect((await system.call("GET", "/api/v2/auth/session", { headers: visitor.bearer })).status).toBe(200);
  });

  it("of a visitor that is the account's already counts nothing", async () => {
    mergedIn(await merge(system, ada, visitor));

    expect(await preview()).toEqual({ ...counts(0), byKind: {}, conflicts: {} });
    expect(merges(system)).toHaveLength(1);
  });

  it("names no id of anybody's", async () => {
    const { text } = await merge(system, ada, visitor, { query: "?dryRun=true" });

    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });
});

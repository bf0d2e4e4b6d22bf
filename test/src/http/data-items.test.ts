import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { dataItem } from "@lanyard/contracts";
import { typedItems } from "@lanyard/storage";
import { kindsOf } from "@lanyard/user-data";
import { dataPath, type Item, itemOf, type Owner, ownerOf } from "../support/data-items.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const kinds = kindsOf({ chart: {}, alert: {} });

let system: InProcessSystem;
const begin = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem({ kinds, ...options });
};
afterEach(() => system.stop());

const visitor = async (): Promise<{ visitor: Visitor; owner: Owner }> => {
  const signedIn = await signIn(system);
  return { visitor: signedIn, owner: ownerOf(system, signedIn.bearer) };
};
const at = (ms: number): string => new Date(ms).toISOString();
const many = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));
const stored = () => typedItems(system.table("merge"), dataItem);
/** Changes an item in its table, as a merge would. */
async function change(userId: string, { kind, id }: Item, changes: object): Promise<void> {
  const item = await stored().load(userId, kind, id);
  if (item === undefined) throw new Error("there is no such item");
  await stored().replace(item, { ...item.value, ...changes }, { writtenBy: "test" });
}

describe("an item", () => {
  it("is made, read, listed, changed and deleted", async () => {
    await begin();
    const { owner } = await visitor();
    const madeAt = at(system.clock.now());
    const made = await owner.create("chart", { name: "Sales", value: { bars: [1, 2] } });
    const item = itemOf(made);

    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({ etag: '"1"', location: dataPath("chart", item.id) });
    expect(made.body).toEqual({
      id: item.id,
      kind: "chart",
      name: "Sales",
      value: { bars: [1, 2] },
      version: 1,
      createdAt: madeAt,
      updatedAt: madeAt,
    });
    const read = await owner.read(item);
    expect([read.status, read.headers["etag"], read.text]).toEqual([200, '"1"', made.text]);
    expect(await owner.page("chart")).toEqual({ items: [item] });

    await system.clock.advance(60_000);
    const changed = await owner.replace(item, { name: "Sales, new", value: "none" });
    expect([changed.status, changed.headers["etag"]]).toEqual([200, '"2"']);
    expect(changed.body).toEqual({
      ...item,
      name: "Sales, new",
      value: "none",
      version: 2,
      updatedAt: at(system.clock.now()),
    });
    expect((await owner.read(item)).text).toBe(changed.text);
    expect(await owner.page("chart")).toEqual({ items: [changed.body] });

    const removed = await owner.remove(item);
    expect([removed.status, removed.text]).toEqual([204, ""]);
    expect(await owner.page("chart")).toEqual({ items: [] });
    for (const answer of [
      await owner.read(item),
      await owner.replace(item, { name: "x", value: 1 }),
      await owner.remove(item),
    ]) {
      expect(wordsOf(answer)).toBe("404 item_not_found");
    }
  });

  it("may have the name of another, and its kind is a part of where it is", async () => {
    await begin();
    const { owner } = await visitor();
    const [one, other] = [
      await owner.made("chart", { name: "Sales", value: 1 }),
      await owner.made("chart", { name: "Sales", value: 2 }),
    ];
    const elsewhere = { ...one, kind: "alert" };

    expect(one.id).not.toBe(other.id);
    expect(await owner.all("chart")).toHaveLength(2);
    expect(await owner.all("alert")).toEqual([]);
    expect(wordsOf(await owner.read(elsewhere))).toBe("404 item_not_found");
    expect(wordsOf(await owner.replace(elsewhere, { name: "x", value: 1 }))).toBe("404 item_not_found");
    expect(wordsOf(await owner.remove(elsewhere))).toBe("404 item_not_found");
  });

  it.each([
    ["null", "null"],
    ["false", "false"],
    ["zero", "0"],
    ["an empty text", '""'],
    ["an empty list", "[]"],
    ["an empty object", "{}"],
    ["a name that is empty", '{"":1}'],
    ["a name that prototypes have", '{"__proto__":{"admin":true},"constructor":1}'],
    ["numbers beyond what storage keeps", "[1e+300,1e-300,9007199254740993000]"],
    ["names that look like numbers, in their order", '{"1":1,"10":1,"b":1,"a":1}'],
    ["letters of every kind", '["é","漢","😀","\\u0000"]'],
    ["halves of characters", '["\\ud800","\\udc00x"]'],
    ["quotation marks and backslashes", '["\\"","\\\\","\\\\\\""]'],
    ["a hundred levels", `${"[".repeat(100)}${"]".repeat(100)}`],
  ])("keeps its value to the letter: %s", async (_, json) => {
    await begin();
    const { visitor: owner } = await visitor();
    const headers = { ...owner.bearer, "content-type": "application/json" };
    const body = `{"name":"x","value":${json}}`;
    const made = await system.call("POST", dataPath("chart"), { headers, body });
    expect(made.status).toBe(201);
    const path = String(made.headers["location"]);

    expect(made.text).toContain(`"value":${json},`);
    expect((await system.call("GET", path, { headers: owner.bearer })).text).toBe(made.text);
    expect((await system.call("PUT", path, { headers, body })).text).toContain(`"value":${json},`);
  });

  it("stands in one table: what somebody owns is in no outcome, no binding and no event", async () => {
    await begin();
    const { owner } = await visitor();
    const item = await owner.made("chart", { name: "Sales", value: "a secret of Ada's" });
    await owner.replace(item, { name: "Sales", value: "a secret of Ada's, too" }, { "idempotency-key": "k" });

    expect(JSON.stringify(system.table("merge").dump())).toContain("a secret of");
    expect(JSON.stringify(system.table("operations").dump())).not.toContain("a secret of");
    expect(JSON.stringify(system.transport.published("events"))).not.toContain("a secret of");
  });
});

describe("the list of a user's items", () => {
  it("holds each exactly once, over all pages, in the order of their ids", async () => {
    await begin();
    const { owner } = await visitor();
    const made = await many(23, (index) => owner.made("chart", { name: `c${index}`, value: index }));
    await many(3, (index) => owner.made("alert", { name: `a${index}`, value: index }));
    const inOrder = made.toSorted((one, other) => (one.id < other.id ? -1 : 1));

    expect(await owner.all("chart", "?limit=5")).toEqual(inOrder);
    expect(await owner.all("chart", "?limit=1")).toEqual(inOrder);
    expect(await owner.page("chart", "?limit=23")).toEqual({ items: inOrder });
    expect((await owner.page("chart", "?limit=22")).cursor).toBeDefined();
    expect(await owner.page("chart")).toEqual({ items: inOrder });
  });

  it("is of fifty where nothing else is asked for", async () => {
    await begin();
    const { owner } = await visitor();
    await many(51, (index) => owner.made("chart", { name: "x", value: index }));
    const { items, cursor } = await owner.page("chart");

    expect(items).toHaveLength(50);
    expect((await owner.page("chart", `?cursor=${cursor}`)).items).toHaveLength(1);
  });

  it("goes on where it was though items come and go: what stands throughout is there once", async () => {
    await begin();
    const { owner } = await visitor();
    const made = await many(12, (index) => owner.made("chart", { name: "x", value: index }));
    const [first, second, ...rest] = made.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    if (first === undefined || second === undefined) throw new RangeError("too few");
    const { items, cursor } = await owner.page("chart", "?limit=2");
    expect(items).toEqual([first, second]);
    // The one that the cursor is at, too.
    await owner.remove(second);
    const added = await many(5, () => owner.made("chart", { name: "new", value: 0 }));
    const found: Item[] = [];
    let next: string | undefined = cursor;
    while (next !== undefined) {
      const page: { items: Item[]; cursor?: string | undefined } = await owner.page("chart", `?limit=3&cursor=${next}`);
      found.push(...page.items);
      next = page.cursor;
    }

    const ids = found.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !added.some((each) => each.id === id))).toEqual(rest.map(({ id }) => id));
  });

  it("has nothing that was deleted, and its pages are full nevertheless", async () => {
    await begin();
    const { owner } = await visitor();
    const made = await many(20, (index) => owner.made("chart", { name: "x", value: index }));
    const kept = made.filter((_, index) => index % 4 === 0);
    await many(20, async (index) => {
      const item = made[index];
      if (item !== undefined && !kept.includes(item)) await owner.remove(item);
    });
    const { items, cursor } = await owner.page("chart", "?limit=4");

    expect([items.length, cursor === undefined]).toEqual([4, false]);
    expect((await owner.all("chart", "?limit=4")).map(({ id }) => id)).toEqual(kept.map(({ id }) => id).sort());
  });

  it("has what a merge has moved beyond the limit apart from the others", async () => {
    await begin();
    const { visitor: signedIn, owner } = await visitor();
    const [one, held] = [
      await owner.made("chart", { name: "x", value: 1 }),
      await owner.made("chart", { name: "y", value: 2 }),
    ];
    await change(signedIn.userId, held, { held: "limit_reached", slot: undefined });

    expect(await owner.page("chart")).toEqual({ items: [one] });
    expect(await owner.page("chart", "?held=true")).toEqual({ items: [{ ...held, held: "limit_reached" }] });
    expect(itemOf(await owner.read(held))).toEqual({ ...held, held: "limit_reached" });
    // There is room: so it is an item like any other when it is saved.
    expect((await owner.replace(held, { name: "y", value: 3 })).body).not.toHaveProperty("held");
    expect(await owner.page("chart", "?held=true")).toEqual({ items: [] });
    expect(await owner.all("chart")).toHaveLength(2);
  });
});

describe("an item that a merge has frozen", () => {
  it("can still be read, and is changed by nobody", async () => {
    await begin();
    const { visitor: signedIn, owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: 1 });
    const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
    const leaving = { operationId, at: item.updatedAt, sequence: 1, as: "copy", toItemId: randomUUID(), name: "x" };
    await change(signedIn.userId, item, { leaving });

    expect((await owner.read(item)).body).toEqual(item);
    expect(wordsOf(await owner.replace(item, { name: "y", value: 2 }))).toBe("403 user_merged");
    expect(wordsOf(await owner.remove(item))).toBe("403 user_merged");
    expect((await owner.read(item)).body).toEqual(item);
  });
});

describe("what is needed for it", () => {
  it("may be down: nothing is done then, and it is said when to come again", async () => {
    await begin();
    const { owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: 1 });
    system.faults.queuesDown.add("merge");
    const answers = [
      await owner.create("chart", { name: "y", value: 1 }),
      await owner.replace(item, { name: "y", value: 1 }),
      await owner.remove(item),
    ];
    system.faults.queuesDown.clear();
    system.gateways[0]?.tablesDown.add("merge");
    answers.push(await owner.read(item));
    system.gateways[0]?.tablesDown.clear();

    for (const answer of answers) {
      expect(wordsOf(answer)).toBe("503 service_unavailable");
      expect(answer.headers["retry-after"]).toBeDefined();
    }
    expect(await owner.all("chart")).toEqual([item]);
  });

  it("may be slow: the request is answered later, at its operation", async () => {
    await begin();
    const { visitor: signedIn, owner } = await visitor();
    const pending = await owner.create("chart", { name: "x", value: "mine" }, { prefer: "respond-async" });
    expect([pending.status, pending.headers["etag"]]).toEqual([202, undefined]);
    await system.clock.advance(1000);
    const ended = await system.call("GET", String(pending.headers["location"]), { headers: signedIn.bearer });
    const [{ value, ...item }] = (await owner.all("chart")) as [Item];

    expect(ended.body).toMatchObject({ status: "succeeded", result: { item } });
    expect(value).toBe("mine");
  });
});

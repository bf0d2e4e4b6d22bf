import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { kindsOf } from "@lanyard/user-data";
import { itemOf, type Owner, ownerOf } from "../support/data-items.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { letterOf } from "../support/keyed-sign-in.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const kinds = kindsOf({ chart: { maxItems: 3 } });

let system: InProcessSystem;
let visitor: Visitor;
let owner: Owner;
const begin = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem({ kinds, ...options });
  visitor = await signIn(system);
  owner = ownerOf(system, visitor.bearer);
};
afterEach(() => system.stop());

const whole = (answer: HttpAnswer) => [...letterOf(answer), answer.headers["location"], answer.headers["etag"]];
const keyed = () => ({ "idempotency-key": randomUUID() });
const given = { name: "x", value: [1, { a: "é" }] };

describe("the same request again, with the same key", () => {
  it("makes one item, and is answered to the letter, headers too", async () => {
    await begin();
    const key = keyed();
    const first = await owner.create("chart", given, key);
    const item = itemOf(first);

    expect(whole(await owner.create("chart", given, key))).toEqual(whole(first));
    await owner.replace(item, { name: "y", value: 2 });
    expect(whole(await owner.create("chart", given, key))).toEqual(whole(first));
    await owner.remove(item);
    expect(whole(await owner.create("chart", given, key))).toEqual(whole(first));
    expect(first.headers).toMatchObject({ location: `/api/v2/data/chart/${item.id}`, etag: '"1"' });
    expect(await owner.all("chart")).toEqual([]);
  });

  it("makes one item also when many come at once, to several gateways", async () => {
    await begin({ gateways: 2 });
    const key = keyed();
    const owners = system.gateways.map((gateway) => ownerOf(gateway, visitor.bearer));
    const answers = await system.whileTimePasses(
      Promise.all(Array.from({ length: 30 }, (_, index) => (owners[index % 2] ?? owner).create("chart", given, key))),
    );
    const told = answers.filter(({ status }) => status === 201);

    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told.map((answer) => JSON.stringify(whole(answer)))).size).toBe(1);
    for (const other of answers.filter(({ status }) => status !== 201))
      expect(wordsOf(other)).toBe("409 operation_in_progress");
    expect(await owner.all("chart")).toHaveLength(1);
  });

  it("changes an item once, and deletes it once", async () => {
    await begin();
    const item = await owner.made("chart", given);
    const [change, removal] = [keyed(), keyed()];
    const match = { "if-match": '"1"' };
    const changed = await owner.replace(item, { name: "y", value: 2 }, { ...change, ...match });
    expect(changed.headers["etag"]).toBe('"2"');
    await owner.replace(item, { name: "z", value: 3 });

    expect(whole(await owner.replace(item, { name: "y", value: 2 }, { ...change, ...match }))).toEqual(whole(changed));
    expect(itemOf(await owner.read(item))).toMatchObject({ name: "z", value: 3, version: 3 });
    const removed = await owner.remove(item, removal);
    expect(whole(await owner.remove(item, removal))).toEqual(whole(removed));
    expect(removed.status).toBe(204);
    expect(wordsOf(await owner.remove(item))).toBe("404 item_not_found");
  });

  it("is told the same problem, whatever has become of it since", async () => {
    await begin();
    const items = [
      await owner.made("chart", given),
      await owner.made("chart", given),
      await owner.made("chart", given),
    ];
    const [first] = items;
    if (first === undefined) throw new RangeError("there is none");
    const [full, late, gone] = [keyed(), { ...keyed(), "if-match": '"7"' }, keyed()];
    const nothing = { kind: "chart", id: randomUUID() };
    const ask = async () => [
      await owner.create("chart", given, full),
      await owner.replace(first, given, late),
      await owner.remove(nothing, gone),
    ];
    const before = await ask();
    expect(before.map(wordsOf)).toEqual(["409 limit_reached", "412 version_conflict", "404 item_not_found"]);
    expect(before[0]?.body).toMatchObject({ limit: 3 });
    for (let count = 0; count < 6; count += 1) await owner.replace(first, given);
    for (const item of items.slice(1)) await owner.remove(item);

    expect((await ask()).map(whole)).toEqual(before.map(whole));
    expect(await owner.all("chart")).toHaveLength(1);
  });

  it("is the same whether it shows the visitor's token or id, and another visitor's is its own", async () => {
    await begin();
    const other = ownerOf(system, (await signIn(system)).bearer);
    const key = keyed();
    const first = await owner.create("chart", given, key);

    expect(whole(await ownerOf(system, { "x-user-id": visitor.userId }).create("chart", given, key))).toEqual(
      whole(first),
    );
    const theirs = await other.create("chart", given, key);
    expect(itemOf(theirs).id).not.toBe(itemOf(first).id);
    expect([await owner.all("chart"), await other.all("chart")].map(({ length }) => length)).toEqual([1, 1]);
  });
});

describe("another request with the same key", () => {
  it("is refused, and changes nothing", async () => {
    await begin();
    const item = await owner.made("chart", given);
    const key = keyed();
    await owner.replace(item, given, { ...key, "if-match": '"1"' });
    const others = [
      await owner.replace(item, given, key),
      await owner.replace(item, given, { ...key, "if-match": '"2"' }),
      await owner.replace(item, { ...given, name: "y" }, { ...key, "if-match": '"1"' }),
      await owner.replace(item, { ...given, value: [1, { a: "e" }] }, { ...key, "if-match": '"1"' }),
      await owner.create("chart", given, key),
      await owner.remove(item, key),
    ];

    for (const answer of others) expect(wordsOf(answer)).toBe("422 idempotency_key_reused");
    expect(itemOf(await owner.read(item)).version).toBe(2);
  });
});

describe("a message of it that comes twice", () => {
  it("is carried out once: no second item, no second version, nothing deleted anew", async () => {
    await begin();
    const sent: { queue: string; message: Parameters<typeof system.transport.send>[1] }[] = [];
    let isNoting = true;
    system.faults.loses = (queue, message) => {
      if (isNoting && queue === "merge") sent.push({ queue, message });
      return false;
    };
    const item = await owner.made("chart", given);
    const changed = await owner.replace(item, { name: "y", value: 2 });
    const gone = await owner.made("chart", given);
    await owner.remove(gone);
    isNoting = false;
    expect(sent).toHaveLength(4);
    for (const { queue, message } of [...sent, ...sent]) await system.transport.send(queue, message);
    await system.clock.advance(5000);

    expect(system.transport.held("merge")).toEqual([]);
    expect(system.transport.held("merge-dlq")).toEqual([]);
    expect(await owner.all("chart")).toEqual([changed.body]);
    // And every slot that is taken is the one item's.
    const slots = system
      .table("merge")
      .dump()
      .filter(({ key }) => key.sk.startsWith("slot#"));
    expect(slots).toHaveLength(1);
  });
});

import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { CorruptItem } from "./corrupt-item.ts";
import { type ItemValue, itemKind, typedItems } from "./item-kind.ts";
import { memoryItemStore } from "./item-store.memory.ts";
import { InvalidItemValue } from "./storable-value.ts";

const visitItem = itemKind({
  name: "visit",
  table: "visits",
  schema: z.object({
    place: z.string(),
    guests: z.number().int(),
    note: z.string().optional(),
    mood: z.enum(["calm", "loud"]).default("calm"),
  }),
  key: (userId: string, day: number) => ({ pk: `user#${userId}`, sk: `day#${day}` }),
});

const visit: ItemValue<typeof visitItem> = { place: "quay", guests: 2, mood: "loud" };

const make = () => {
  const store = memoryItemStore();
  return { store, visits: typedItems(store, visitItem) };
};

describe("typed items", () => {
  it("put, load, replace and remove by the arguments of the key", async () => {
    const { store, visits } = make();
    const put = await visits.putIfAbsent(visit, ["ann", 7], { writtenBy: "a" });
    const first = { key: { pk: "user#ann", sk: "day#7" }, value: visit, version: 1, writtenBy: "a" };
    expect(put).toEqual({ kind: "won", stored: first });
    expect(await store.load({ pk: "user#ann", sk: "day#7" })).toEqual(first);
    expect(await visits.load("ann", 7)).toEqual(first);
    expect(await visits.load("ann", 8)).toBeUndefined();

    const replaced = await visits.replace(first, { ...visit, guests: 3 }, { writtenBy: "b" });
    expect(replaced).toMatchObject({ kind: "won", stored: { version: 2, value: { guests: 3 } } });
    const stale = await visits.replace(first, visit, { writtenBy: "c" });
    expect(stale).toEqual({ kind: "lost", stored: replaced.stored });

    expect(await visits.remove(first)).toBe("lost");
    if (replaced.stored) expect(await visits.remove(replaced.stored)).toBe("won");
    expect(await visits.load("ann", 7)).toBeUndefined();
    expect(await visits.replace(first, visit, { writtenBy: "d" })).toEqual({ kind: "lost", stored: undefined });
  });

  it("know keys and values by their types", () => {
    const { visits } = make();
    const misuses = () => [
      // @ts-expect-error the day is a number
      visits.load("ann", "7"),
      // @ts-expect-error the day is missing
      visits.load("ann"),
      // @ts-expect-error the place is missing
      visits.putIfAbsent({ guests: 1, mood: "calm" }, ["ann", 7], { writtenBy: "a" }),
      // @ts-expect-error the key has two parts
      visits.putIfAbsent(visit, ["ann"], { writtenBy: "a" }),
    ];
    expect(misuses).toBeInstanceOf(Function);
  });

  it("read a property that older items lack from its default", async () => {
    const { store, visits } = make();
    await store.putIfAbsent(visitItem.key("ann", 7), { place: "quay", guests: 2 }, { writtenBy: "a" });
    expect((await visits.load("ann", 7))?.value.mood).toBe("calm");
  });

  it("write nothing that the schema does not declare", async () => {
    const { store, visits } = make();
    const withMore = { ...visit, password: "hunter2", note: undefined };
    await visits.putIfAbsent(withMore, ["ann", 7], { writtenBy: "a" });
    expect((await store.load(visitItem.key("ann", 7)))?.value).toStrictEqual({ ...visit });
  });

  it("refuse a value that could not be read back, naming places and no values", async () => {
    const { store, visits } = make();
    const bad = { ...visit, guests: 1.5 };
    const failure = await visits.putIfAbsent(bad, ["ann", 7], { writtenBy: "a" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidItemValue);
    expect(String(failure)).toBe("InvalidItemValue: visit does not hold: guests");
    expect(store.dump()).toEqual([]);
  });

  it("parse what a listing gives", async () => {
    const { store, visits } = make();
    await visits.putIfAbsent(visit, ["ann", 7], { writtenBy: "a" });
    const { items } = await store.list("user#ann", { skPrefix: "day#" });
    expect(items.map(visits.parse).map(({ value }) => value.place)).toEqual(["quay"]);
  });
});

describe("items with an index", () => {
  const guestItem = itemKind({
    name: "guest",
    table: "visits",
    schema: z.object({ name: z.string(), place: z.string().optional() }),
    key: (name: string) => ({ pk: `guest#${name}`, sk: "guest" }),
    indexes: [
      { name: "by_place", field: "place" },
      { name: "by_name", field: "name" },
    ],
  });
  const setUp = () => {
    const store = memoryItemStore();
    return { store, guests: typedItems(store, guestItem) };
  };
  const put = async (guests: ReturnType<typeof setUp>["guests"], name: string, place?: string) => {
    const value = place === undefined ? { name } : { name, place };
    const { stored } = await guests.putIfAbsent(value, [name], { writtenBy: name });
    if (stored === undefined) throw new Error("nothing was written");
    return stored;
  };

  it("are found by the field, as it was last written", async () => {
    const { guests } = setUp();
    const ann = await put(guests, "ann", "quay");
    const bob = await put(guests, "bob", "quay");
    await put(guests, "cyd", "mill");
    await put(guests, "dan");
    expect(await guests.listByIndex("by_place", "quay")).toEqual({ items: [ann, bob] });
    expect(await guests.listByIndex("by_name", "ann")).toEqual({ items: [ann] });

    await guests.replace(ann, { name: "ann", place: "mill" }, { writtenBy: "move" });
    await guests.replace(bob, { name: "bob" }, { writtenBy: "leave" });
    expect(await guests.listByIndex("by_place", "quay")).toEqual({ items: [] });
    expect((await guests.listByIndex("by_place", "mill")).items.map(({ value }) => value.name)).toEqual(["ann", "cyd"]);
  });

  it("come in pages", async () => {
    const { guests } = setUp();
    for (const name of ["ann", "bob", "cyd"]) await put(guests, name, "quay");
    const first = await guests.listByIndex("by_place", "quay", { limit: 2 });
    const second = await guests.listByIndex("by_place", "quay", { after: first.cursor ?? "" });
    expect([first, second].map(({ items }) => items.map(({ value }) => value.name))).toEqual([["ann", "bob"], ["cyd"]]);
    expect(second).not.toHaveProperty("cursor");
  });

  it("are left out that are gone or elsewhere by now, though the index lists them still", async () => {
    const { store } = setUp();
    const lagging = typedItems(
      { ...store, listByIndex: async () => ({ keys: ["ann", "bob", "cyd"].map((name) => guestItem.key(name)) }) },
      guestItem,
    );
    await put(lagging, "ann", "quay");
    await put(lagging, "bob", "mill");
    expect((await lagging.listByIndex("by_place", "quay")).items.map(({ value }) => value.name)).toEqual(["ann"]);
  });

  it("cannot be found by what is no text, or where there is no index", async () => {
    const { store } = setUp();
    const odd = itemKind({ ...guestItem, schema: z.object({ place: z.number(), name: z.string().optional() }) });
    const written = typedItems(store, odd).putIfAbsent({ place: 7 }, ["ann"], { writtenBy: "a" });
    await expect(written).rejects.toThrow("guest.place is no text to be found by");
    await expect(make().visits.listByIndex("by_place", "quay")).rejects.toThrow("visit has no index by_place");
    expect(store.dump()).toEqual([]);
  });
});

describe("an item that is not of its kind", () => {
  const secret = { place: 42, guests: "hunter2", mood: "calm" };

  it("is corrupt to whoever meets it, whichever way", async () => {
    const { store, visits } = make();
    const outcome = await store.putIfAbsent(visitItem.key("ann", 7), secret, { writtenBy: "a" });
    const { stored } = outcome;
    if (stored === undefined) throw new Error("nothing was written");
    const current = { ...stored, value: visit };
    await expect(visits.load("ann", 7)).rejects.toBeInstanceOf(CorruptItem);
    await expect(visits.putIfAbsent(visit, ["ann", 7], { writtenBy: "b" })).rejects.toBeInstanceOf(CorruptItem);
    await expect(visits.replace({ ...current, version: 9 }, visit, { writtenBy: "b" })).rejects.toBeInstanceOf(
      CorruptItem,
    );
    expect(() => visits.parse(stored)).toThrow(CorruptItem);
    expect(await visits.replace(current, visit, { writtenBy: "repair" })).toMatchObject({ kind: "won" });
  });

  it("is named by kind and places, never by key or value", () => {
    const { visits } = make();
    const stored = { key: visitItem.key("ann", 7), value: secret, version: 1, writtenBy: "a" };
    const failure = (() => {
      try {
        return visits.parse(stored);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ name: "CorruptItem", kind: "visit", paths: ["place", "guests"] });
    expect(String(failure)).toBe("CorruptItem: a stored item is no visit: place, guests");
  });

  it("is named as a whole when it is so as a whole", () => {
    const odd = itemKind({
      name: "odd",
      table: "odds",
      schema: z.object({ n: z.number() }).refine(({ n }) => n % 2 === 1),
      key: (id: string) => ({ pk: id, sk: "odd" }),
    });
    const stored = { key: odd.key("a"), value: { n: 2 }, version: 1, writtenBy: "a" };
    expect(() => typedItems(memoryItemStore(), odd).parse(stored)).toThrow("a stored item is no odd: (whole)");
  });
});

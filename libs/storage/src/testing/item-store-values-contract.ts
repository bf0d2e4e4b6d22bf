import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { InvalidItemKey } from "../check-arguments.ts";
import type { ItemKey, ItemStore } from "../item-store.ts";
import type { JsonObject } from "../json.ts";
import { InvalidItemValue, ItemTooLarge, MAX_VALUE_BYTES } from "../storable-value.ts";

const nested = (levels: number): JsonObject => (levels === 1 ? {} : { in: nested(levels - 1) });

const faithful: ReadonlyArray<readonly [string, JsonObject]> = [
  ["nothing", {}],
  ["nesting", { a: { b: [{ c: [[], {}] }] } }],
  ["an empty text", { text: "", list: ["", ""] }],
  ["unicode", { text: "żółw 亀 🐢 e\u0301 \u0000 \uffff", "ключ 🔑": 1 }],
  ["large and small numbers", { n: [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.1 + 0.2, 1e-100, -1.5e-7] }],
  ["lists of mixed things", { list: [1, "1", true, null, [], {}] }],
  ["null, true, false and zero", { nothing: null, yes: true, no: false, zero: 0 }],
  ["the names of the attributes themselves", { pk: "a", sk: "b", version: 7, writtenBy: "c", value: {}, ttl: 1 }],
  ["names that DynamoDB reserves", { name: 1, "a.b": 2, "#n": 3, ":v": 4, S: "x" }],
  ["names that the SDK looks at", { constructor: { name: "Set" }, in: { constructor: { name: "Map" } }, toString: 1 }],
  ["31 levels", nested(31)],
  ["a text of 340 KB", { text: "é".repeat(170 * 1024) }],
  ["a list of 20,000 numbers", { list: Array.from({ length: 20_000 }, () => 7) }],
];

const refused: ReadonlyArray<readonly [string, unknown]> = [
  ["undefined", undefined],
  ["null", null],
  ["a list", []],
  ["undefined in a list", { list: [undefined] }],
  ["a function", { f: () => 1 }],
  ["a bigint", { n: 1n }],
  ["a date", { at: new Date(0) }],
  ["a map", { map: new Map() }],
  ["not a number", { n: Number.NaN }],
  ["infinity", { n: Number.POSITIVE_INFINITY }],
  ["an integer that no double holds exactly", { n: Number.MAX_SAFE_INTEGER + 1 }],
  ["a number too small for DynamoDB", { n: 1e-200 }],
  ["32 levels", nested(32)],
  ["an empty name", { "": 1 }],
  ["a name that would set a prototype", JSON.parse('{"__proto__": {"admin": true}}')],
];

/** The part of the contract about values and keys; `currentStore` gives the store of the running test. */
export const itemStoreValuesContract = (currentStore: () => ItemStore): void => {
  let key: ItemKey;
  beforeEach(() => {
    key = { pk: `values#${randomUUID()}`, sk: "item" };
  });

  const put = (value: JsonObject) => currentStore().putIfAbsent(key, value, { writtenBy: "a" });

  describe("a value", () => {
    it.each(faithful)("reads back as it was written: %s", async (_, value) => {
      const outcome = await put(value);
      expect(outcome.stored?.value).toEqual(value);
      expect((await currentStore().load(key))?.value).toEqual(value);
      expect((await currentStore().list(key.pk)).items[0]?.value).toEqual(value);
    });

    it("is given back by the write as the next read will give it", async () => {
      const untidy = { left: undefined, zero: -0, text: "\ud800", own: { left: undefined } } as unknown as JsonObject;
      const tidy = { zero: 0, text: "\ufffd", own: {} };
      expect((await put(untidy)).stored?.value).toStrictEqual(tidy);
      expect((await currentStore().load(key))?.value).toStrictEqual(tidy);
    });

    it.each(refused)("is refused, and nothing is written: %s", async (_, value) => {
      await expect(put(value as JsonObject)).rejects.toBeInstanceOf(InvalidItemValue);
      expect(await currentStore().load(key)).toBeUndefined();
    });

    it("is refused over 350 KB as storage counts, by putIfAbsent and by replace", async () => {
      const tooLarge = [
        { text: "x".repeat(MAX_VALUE_BYTES) },
        { text: "é".repeat(MAX_VALUE_BYTES / 2) },
        { list: Array.from({ length: 175_000 }, () => 7) },
      ];
      for (const value of tooLarge) await expect(put(value)).rejects.toBeInstanceOf(ItemTooLarge);
      const { stored } = await put({ n: 1 });
      if (stored === undefined) throw new Error("nothing was written");
      for (const value of tooLarge) {
        await expect(currentStore().replace(stored, value, { writtenBy: "b" })).rejects.toThrow(/at most 358400/);
      }
      expect(await currentStore().load(key)).toEqual(stored);
    });

    it("belongs to the store: changing what was given or got changes nothing", async () => {
      const given = { list: [1], inner: { n: 1 } };
      const outcome = await put(given);
      given.inner.n = 2;
      given.list.push(2);
      const loaded = await currentStore().load(key);
      Object.assign((outcome.stored?.value ?? {}) as object, { changed: true });
      Object.assign((loaded?.value["inner"] ?? {}) as object, { n: 3 });
      Object.assign((loaded?.key ?? {}) as object, { sk: "other" });
      expect(await currentStore().load(key)).toEqual({
        key,
        value: { list: [1], inner: { n: 1 } },
        version: 1,
        writtenBy: "a",
      });
    });
  });

  describe("a key", () => {
    it.each([
      ["an empty pk", { pk: "", sk: "a" }],
      ["an empty sk", { pk: "a", sk: "" }],
      ["a pk over 2048 bytes", { pk: "é".repeat(1025), sk: "a" }],
      ["an sk over 1024 bytes", { pk: "a", sk: "é".repeat(513) }],
      ["half a character", { pk: "a", sk: "\ud800" }],
    ])("is refused: %s", async (_, bad) => {
      await expect(currentStore().load(bad)).rejects.toBeInstanceOf(InvalidItemKey);
      await expect(currentStore().putIfAbsent(bad, {}, { writtenBy: "a" })).rejects.toBeInstanceOf(InvalidItemKey);
    });

    it("may be as long as DynamoDB takes", async () => {
      const long = { pk: randomUUID().padEnd(2048, "x"), sk: "é".repeat(512) };
      expect(await currentStore().putIfAbsent(long, { n: 1 }, { writtenBy: "a" })).toMatchObject({ kind: "won" });
      expect(await currentStore().load(long)).toMatchObject({ key: long });
    });
  });

  it.each([
    ["no writer", { writtenBy: "" }],
    ["a ttl in milliseconds", { writtenBy: "a", ttlEpochSeconds: 1_700_000_000_000 }],
    ["half a second of ttl", { writtenBy: "a", ttlEpochSeconds: 1.5 }],
  ])("refuses a write with %s", async (_, options) => {
    await expect(currentStore().putIfAbsent(key, {}, options)).rejects.toBeInstanceOf(RangeError);
    expect(await currentStore().load(key)).toBeUndefined();
  });
};

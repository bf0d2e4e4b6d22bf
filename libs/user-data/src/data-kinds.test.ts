import { describe, expect, it } from "@jest/globals";
import { MOST_VALUE_BYTES } from "@lanyard/contracts";
import { dataKindsSetting, kindsOf } from "./data-kinds.ts";

const parsed = (kinds: unknown) =>
  dataKindsSetting.safeParse(typeof kinds === "string" ? kinds : JSON.stringify(kinds));
const mistakeIn = (kinds: unknown): string => parsed(kinds).error?.issues[0]?.message ?? "none";

describe("LANYARD_DATA_KINDS", () => {
  it("is three kinds when it is not set", () => {
    const kinds = dataKindsSetting.parse(undefined);
    expect(
      [...kinds].map(([name, { conflict, maxItems, maxBytes }]) => ({ name, conflict, maxItems, maxBytes })),
    ).toEqual([
      { name: "configuration", conflict: "keep-both", maxItems: 500, maxBytes: 32_768 },
      { name: "alert", conflict: "keep-both", maxItems: 500, maxBytes: 8192 },
      { name: "preference", conflict: "keep-account", maxItems: 200, maxBytes: 4096 },
    ]);
    for (const kind of kinds.values()) expect(kind.mistakesIn({ any: ["thing"] })).toEqual([]);
  });

  it("says no more than it has to", () => {
    const kind = dataKindsSetting.parse('{"note":{}}').get("note");
    expect(kind).toMatchObject({ conflict: "keep-both", maxItems: 500, maxBytes: MOST_VALUE_BYTES });
    expect(kind?.mistakesIn(null)).toEqual([]);
  });

  it("may be none at all", () => {
    expect(dataKindsSetting.parse("{}").size).toBe(0);
  });

  it.each([
    ["is no JSON", "{", /expected record/],
    ["is a list", [], /expected record/],
    ["names a kind as none may be called", { "Not/a kind": {} }, /Not\/a kind/],
    ["has a rule that is not known", { note: { conflict: "keep-none" } }, /^note\.conflict: /],
    ["has a setting that is not known", { note: { maxitems: 5 } }, /^note: .*maxitems/],
    ["allows nothing", { note: { maxItems: 0 } }, /^note\.maxItems: /],
    ["allows more than a merge can bear", { note: { maxItems: 100_001 } }, /^note\.maxItems: /],
    ["allows values that no message carries", { note: { maxBytes: MOST_VALUE_BYTES + 1 } }, /^note\.maxBytes: /],
    ["has a schema that is none", { note: { schema: { type: "text" } } }, /^note\.schema: /],
    ["has a schema with a word that is not known", { note: { schema: { colour: "red" } } }, /^note\.schema: .*colour/],
    ["has a schema that refers to nothing", { note: { schema: { $ref: "#/definitions/none" } } }, /^note\.schema: /],
  ])("is refused when it %s, and says where", (_, kinds, where) => {
    expect(mistakeIn(kinds)).toMatch(where);
  });
});

describe("a value of a kind with a schema", () => {
  const note = kindsOf({
    note: {
      schema: {
        type: "object",
        properties: { colour: { enum: ["red"] }, lines: { type: "array", items: { type: "string" } } },
        required: ["colour"],
        additionalProperties: false,
      },
    },
  }).get("note");

  it("has no mistakes when it is as the schema says", () => {
    expect(note?.mistakesIn({ colour: "red", lines: ["one"] })).toEqual([]);
  });

  it("is told of all of them, and where they are", () => {
    expect(note?.mistakesIn({ colour: "blue", lines: ["one", 2] })).toEqual([
      { path: "value/colour", message: expect.any(String) },
      { path: "value/lines/1", message: "must be string" },
    ]);
    expect(note?.mistakesIn("text")).toEqual([{ path: "value", message: "must be object" }]);
  });

  it("is told of twenty at most", () => {
    expect(note?.mistakesIn({ colour: "red", lines: Array.from({ length: 50 }, () => 1) })).toHaveLength(20);
  });

  it("is looked at alone: nothing is kept of the one before", () => {
    note?.mistakesIn({ colour: "blue" });
    expect(note?.mistakesIn({ colour: "red" })).toEqual([]);
  });
});

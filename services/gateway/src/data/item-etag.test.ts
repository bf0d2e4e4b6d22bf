import { describe, expect, it } from "@jest/globals";
import { etagOf, versionWanted } from "./item-etag.ts";

describe("the ETag of an item", () => {
  it("is its version, and says it again in If-Match", () => {
    for (const version of [1, 10, 123_456_789_012_345]) {
      expect(etagOf({ version })).toBe(`"${version}"`);
      expect(versionWanted(etagOf({ version }))).toBe(version);
    }
  });
});

describe("If-Match", () => {
  it.each([[undefined], ["*"]])("wants no version in particular: %p", (header) => {
    expect(versionWanted(header)).toBeUndefined();
  });

  it.each(["", "3", '"3', '3"', "'3'", 'W/"3"', '"0"', '"03"', '"-3"', '"3.0"', '"1e3"', '" 3"', '"3" ', '"x"', '""'])(
    "is refused: %p",
    (header) => {
      expect(() => versionWanted(header)).toThrow("validation_failed");
    },
  );

  it.each(['"1","2"', '"3", "3"', '*, "3"', `"${"9".repeat(16)}"`, '"3"\n', '"３"'])("is refused: %p", (header) => {
    expect(() => versionWanted(header)).toThrow("validation_failed");
  });
});

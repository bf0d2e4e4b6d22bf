import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { schemaComponents } from "./json-schema.ts";
import { timestamp } from "./shapes.ts";

const leaf = z.object({ at: timestamp, note: z.string().default("") }).meta({ id: "TestLeaf" });

describe.each(["draft-07", "draft-2020-12"] as const)("the schemas of a document in %s", (target) => {
  it("stand once, and are referred to by name", () => {
    const components = schemaComponents(target);

    expect(components.of(leaf)).toEqual({ $ref: "#/components/schemas/TestLeaf" });
    expect(components.of(z.object({ leaf }))).toMatchObject({
      properties: { leaf: { $ref: "#/components/schemas/TestLeaf" } },
    });
    expect(Object.keys(components.schemas)).toEqual(["TestLeaf"]);
    expect(JSON.stringify(components.schemas)).not.toMatch(/"(id|\$id|\$schema)"/);
  });

  it("tell what may be written from what will be read", () => {
    const components = schemaComponents(target);
    components.of(leaf);

    expect(components.of(leaf, "input")).toEqual({ $ref: "#/components/schemas/TestLeafInput" });
    expect(components.schemas["TestLeaf"]).toMatchObject({ required: ["at", "note"] });
    expect(components.schemas["TestLeafInput"]).toMatchObject({ required: ["at"] });
  });

  it("have short forms for times, ids and integers", () => {
    const { of } = schemaComponents(target);

    expect(of(z.iso.datetime())).toEqual({ type: "string", format: "date-time", pattern: "Z$" });
    expect(of(z.uuid())).toEqual({ type: "string", format: "uuid" });
    expect(of(z.int())).toEqual({ type: "integer" });
    expect(of(z.string().regex(/^a$/))).toEqual({ type: "string", pattern: "^a$" });
  });

  it("refuse a recursive schema without a name", () => {
    expect(() => schemaComponents(target).of(z.json())).toThrow("a recursive schema needs a name");
  });

  it("refuse two schemas of one name", () => {
    const components = schemaComponents(target);
    components.of(z.object({ a: z.string() }).meta({ id: "TestTwice" }));

    expect(() => components.of(z.object({ b: z.string() }).meta({ id: "TestTwice" }))).toThrow('the id "TestTwice"');
  });
});

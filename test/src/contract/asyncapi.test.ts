import { createRequire } from "node:module";
import { describe, expect, it } from "@jest/globals";
import { asyncApiDocument } from "@lanyard/contracts";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";

const specification = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0.json") as object;

describe("the AsyncAPI document", () => {
  // The specification brings the meta-schema along that ajv would otherwise add.
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats.default(ajv);
  const validate = ajv.compile(specification);

  it("is valid AsyncAPI 3.0", () => {
    validate(asyncApiDocument({ version: "0.1.0" }));

    expect(validate.errors).toBeNull();
  });

  it("is refused by the same schema when an operation neither sends nor receives", () => {
    const document = structuredClone(asyncApiDocument({ version: "0.1.0" })) as { operations: Record<string, object> };
    document.operations["broken"] = { action: "shout", channel: { $ref: "#/channels/events" } };

    expect(validate(document)).toBe(false);
  });

  it("refers only to what it contains", () => {
    const document = asyncApiDocument({ version: "0.1.0" });
    const text = JSON.stringify(document);
    const missing = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].filter(
      ([, pointer = ""]) =>
        pointer
          .split("/")
          .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document) === undefined,
    );

    expect(missing).toEqual([]);
  });
});

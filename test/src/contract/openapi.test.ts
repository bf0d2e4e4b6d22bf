import { describe, expect, it } from "@jest/globals";
import { openApiDocument } from "@lanyard/contracts";
import { Validator } from "@seriousme/openapi-schema-validator";

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const checked = await validator.validate(structuredClone(openApiDocument({ version: "0.1.0" })));

    expect(checked).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("is refused by the same validator when an operation loses its responses", async () => {
    const document = structuredClone(openApiDocument({ version: "0.1.0" })) as { paths: object };
    document.paths = { "/healthz": { get: { responses: [] } } };

    expect((await new Validator().validate(document)).valid).toBe(false);
  });
});

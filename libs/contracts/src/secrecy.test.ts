import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { caller, client, commandMessage } from "./envelope.ts";
import { personal, redact, sealed, sealedFields, sealedForm, secrecyOf } from "./secrecy.ts";
import { json } from "./shapes.ts";

const secret = sealed(z.string());

describe("a marked schema", () => {
  it.each([
    ["marked", secret],
    ["described after the mark", secret.meta({ description: "a secret" })],
    ["optional", secret.optional()],
    ["nullable", secret.nullable()],
    ["with a default", secret.default("")],
    ["wrapped twice", secret.nullable().optional().readonly()],
  ])("stays sealed: %s", (_, schema) => {
    expect(secrecyOf(schema)).toBe("sealed");
    expect(sealedFields(z.object({ schema, plain: z.string() }))).toEqual(["schema"]);
  });

  it("leaves the schema it was made of unmarked", () => {
    const plain = z.string();
    sealed(plain);
    personal(plain);

    expect(secrecyOf(plain)).toBeUndefined();
  });
});

describe("the sealed form", () => {
  const form = sealedForm(
    z.object({ id: z.string(), tokens: sealed(z.object({ access: z.string() })), hint: secret.optional() }),
  );

  it("takes a box for each sealed field, and what is not sealed as it is", () => {
    expect(form.safeParse({ id: "1", tokens: "eyJ…", hint: "eyJ…" }).success).toBe(true);
  });

  it("refuses a sealed field in the clear", () => {
    expect(form.safeParse({ id: "1", tokens: { access: "clear" } }).success).toBe(false);
  });

  it("lets go what may be absent, and nothing else", () => {
    expect(form.safeParse({ id: "1", tokens: "eyJ…" }).success).toBe(true);
    expect(form.safeParse({ id: "1", hint: "eyJ…" }).success).toBe(false);
  });
});

describe("a redacted copy", () => {
  const shown = (schema: z.ZodType, value: unknown) => JSON.stringify(redact(schema, value));

  it("shows what is plain", () => {
    const schema = z.object({ id: z.string(), count: z.int(), on: z.boolean(), none: z.string().nullable() });
    const value = { id: "1", count: 2, on: false, none: null };

    expect(redact(schema, value)).toEqual(value);
  });

  it("shows what a field is in place of its value", () => {
    expect(redact(client, { ip: "192.0.2.1", userAgent: "Firefox" })).toEqual({
      ip: "[personal]",
      userAgent: "[personal]",
    });
    expect(redact(z.object({ secret }), { secret: "hush" })).toEqual({ secret: "[sealed]" });
  });

  it("leaves absent what is absent", () => {
    expect(redact(z.object({ secret: secret.optional() }), {})).toEqual({});
    expect(redact(secret, undefined)).toBeUndefined();
  });

  it.each([
    ["an array", z.array(secret), ["hush"]],
    ["a record", z.record(z.string(), secret), { any: "hush" }],
    ["a union", z.union([z.object({ secret }), z.null()]), { secret: "hush" }],
    ["a discriminated union", caller, { kind: "user", userId: "b5d2f8a0-0c7e-4f6a-9e55-2f6f3c1d7e90" }],
    ["a default", z.object({ secret: secret.default("") }), { secret: "hush" }],
    [
      "an object in an optional object",
      z.object({ deep: z.object({ secret }) }).optional(),
      { deep: { secret: "hush" } },
    ],
  ])("hides what is marked in %s", (_, schema, value) => {
    expect(shown(schema, value)).not.toMatch(/hush|b5d2f8a0/);
  });

  it.each([
    ["a field the schema does not have", z.object({}), { password: "hush" }],
    ["a field named like one of every object", z.object({}), { constructor: "hush" }],
    ["any JSON", json, "hush"],
    ["an unknown value", z.object({ any: z.unknown() }), { any: "hush" }],
    ["a value that fits no option", z.union([z.object({ a: secret }), z.object({ b: secret })]), { c: "hush" }],
    ["an object where text belongs", z.string(), { password: "hush" }],
    ["text where an object belongs", z.object({ secret }), "hush"],
  ])("hides %s", (_, schema, value) => {
    expect(shown(schema, value)).not.toContain("hush");
  });

  it("of a command's envelope shows neither the flow's input nor the outputs", () => {
    const fields = redact(commandMessage, {
      type: "session.open",
      input: { email: "hush" },
      outputs: [{ token: "hush" }],
    });

    expect(fields).toEqual({
      type: "session.open",
      input: { email: "[unknown field]" },
      outputs: [{ token: "[unknown field]" }],
    });
  });
});

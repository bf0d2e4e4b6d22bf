import { describe, expect, it } from "@jest/globals";
import type { Request } from "express";
import { z } from "zod";
import { ProblemError } from "./problem.ts";
import { emailInQuery, validQuery } from "./validate-query.ts";

const schema = z.strictObject({ email: z.string().min(3).max(320) });
const asked = (query: object): Request => ({ query }) as Request;
const wrongIn = (work: () => unknown): readonly (string | undefined)[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) {
      return [error.code, ...new Set(error.extra.errors?.map(({ path }) => path))];
    }
  }
  return [];
};

describe("a query", () => {
  it("is what its schema makes of it", () => {
    expect(validQuery(schema, asked({ email: "a@b.c" }))).toEqual({ email: "a@b.c" });
  });

  it.each([
    ["is missing", {}, ["email"]],
    ["is given twice", { email: ["a@example.com", "b@example.com"] }, ["email"]],
    ["is too long", { email: "a".repeat(321) }, ["email"]],
    ["stands beside an unknown one", { email: "a@example.com", admin: "1" }, [""]],
  ])("whose parameter %s is refused", (_, query, paths) => {
    expect(wrongIn(() => validQuery(schema, asked(query)))).toEqual(["validation_failed", ...paths]);
  });
});

describe("an address in a query", () => {
  it("is read in its normal form", () => {
    expect(emailInQuery(schema, asked({ email: " Ada@EXAMPLE.com " }))).toBe("ada@example.com");
  });

  it.each(["ada", "ada@", "@example.com", "ada@exa mple.com"])("is none: %j", (email) => {
    expect(wrongIn(() => emailInQuery(schema, asked({ email })))).toEqual(["validation_failed", "email"]);
  });
});

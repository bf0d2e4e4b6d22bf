import { describe, expect, it } from "@jest/globals";
import type { Request } from "express";
import { z } from "zod";
import { ProblemError } from "./problem.ts";
import { validBody } from "./validate-body.ts";

const schema = z.strictObject({
  email: z.email(),
  anonymous: z.object({ userId: z.uuid() }).optional(),
  redirectTo: z.string().default("/"),
});
const problemOf = (body: unknown): ProblemError => {
  try {
    validBody(schema, { body } as Request);
  } catch (error) {
    if (error instanceof ProblemError) return error;
  }
  throw new Error("nothing was refused");
};

describe("a body", () => {
  it("is what its schema makes of it", () => {
    expect(validBody(schema, { body: { email: "a@example.com" } } as Request)).toEqual({
      email: "a@example.com",
      redirectTo: "/",
    });
  });

  it("that is absent counts as empty", () => {
    expect(validBody(z.strictObject({}), {} as Request)).toEqual({});
    expect(problemOf(undefined).extra.errors?.map(({ path }) => path)).toEqual(["email"]);
  });

  it("is refused with every mistake and the path to it", () => {
    const { code, extra } = problemOf({ email: "x", anonymous: { userId: "x" }, admin: true });

    expect(code).toBe("validation_failed");
    expect(extra.errors?.map(({ path }) => path)).toEqual(["email", "anonymous.userId", ""]);
  });
});

import { type JsonObject, normalEmail } from "@lanyard/contracts";
import type { Request } from "express";
import type { z } from "zod";
import { ProblemError } from "./problem.ts";

/** The query by its schema; a parameter that is given twice is a mistake. @throws ProblemError naming each that is wrong */
export function validQuery(schema: z.ZodObject, request: Request): JsonObject {
  const parsed = schema.safeParse(request.query);
  if (parsed.success) return parsed.data as JsonObject;
  throw new ProblemError("validation_failed", {
    errors: parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message })),
  });
}

/** The address in the query parameter `email`, in its normal form. @throws ProblemError */
export function emailInQuery(schema: z.ZodObject, request: Request): string {
  const email = normalEmail(String(validQuery(schema, request)["email"]));
  if (email !== undefined) return email;
  throw new ProblemError("validation_failed", { errors: [{ path: "email", message: "must be an e-mail address" }] });
}

import { type JsonObject, normalEmail } from "@lanyard/contracts";
import type { z } from "zod";
import { ProblemError } from "./problem.ts";

/** What a request gives, by its schema. @throws ProblemError `validation_failed`, naming each field that is wrong */
export function validated(schema: z.ZodObject, given: unknown): JsonObject {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data as JsonObject;
  throw new ProblemError("validation_failed", {
    errors: parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message })),
  });
}

/** The field `email` in its normal form. @throws ProblemError `validation_failed` when it is no address */
export function emailIn(given: JsonObject): string {
  const email = normalEmail(String(given["email"]));
  if (email !== undefined) return email;
  throw new ProblemError("validation_failed", { errors: [{ path: "email", message: "must be an e-mail address" }] });
}

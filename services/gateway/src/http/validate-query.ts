import type { JsonObject } from "@lanyard/contracts";
import type { Request } from "express";
import type { z } from "zod";
import { emailIn, validated } from "./validated.ts";

/** The query by its schema; a parameter that is given twice is a mistake. @throws ProblemError naming each that is wrong */
export const validQuery = (schema: z.ZodObject, request: Request): JsonObject => validated(schema, request.query);

/**
 * Whether a request to a route is only to count what it would do. A query that says anything else is refused: a slip would do
 * what was only to be counted. @throws ProblemError
 */
export const isDryRun =
  ({ query }: { readonly query: z.ZodObject }) =>
  (request: Request): boolean =>
    validQuery(query, request)["dryRun"] === "true";

/** The address in the query parameter `email`, in its normal form. @throws ProblemError */
export const emailInQuery = (schema: z.ZodObject, request: Request): string => emailIn(validQuery(schema, request));

import type { JsonObject } from "@lanyard/contracts";
import type { Request } from "express";
import type { z } from "zod";
import { emailIn, validated } from "./validated.ts";

/** The query by its schema; a parameter that is given twice is a mistake. @throws ProblemError naming each that is wrong */
export const validQuery = (schema: z.ZodObject, request: Request): JsonObject => validated(schema, request.query);

/** The address in the query parameter `email`, in its normal form. @throws ProblemError */
export const emailInQuery = (schema: z.ZodObject, request: Request): string => emailIn(validQuery(schema, request));

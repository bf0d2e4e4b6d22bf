import type { JsonObject } from "@lanyard/contracts";
import type { Request, RequestHandler } from "express";
import { json } from "express";
import type { z } from "zod";
import { ProblemError } from "./problem.ts";
import { validated } from "./validated.ts";

/** The largest body any command takes: an envelope holds it with room to spare. */
const BODY_LIMIT_BYTES = 48 * 1024;

/**
 * Reads a JSON body into `request.body`; other media types are refused. An absent body is an empty object. At most
 * `limitBytes`, 48 KB unless said otherwise.
 */
export const jsonBody = (limitBytes = BODY_LIMIT_BYTES): RequestHandler => {
  const parse = json({ limit: limitBytes, strict: true, type: "application/json" });
  return (request, response, next) => {
    const empty = request.get("content-length") === "0";
    // `false`: a body of another type; `null`: no body at all.
    if (!empty && request.is("application/json") === false) throw new ProblemError("unsupported_media_type");
    parse(request, response, next);
  };
};

/** The body by its schema. @throws ProblemError naming each field that is wrong. */
export const validBody = (schema: z.ZodObject, request: Request): JsonObject => validated(schema, request.body ?? {});

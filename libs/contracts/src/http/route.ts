import type { z } from "zod";
import type { Flow } from "../flow.ts";
import type { ProblemCode } from "../problems.ts";
import type { LimitName } from "./limits.ts";

/** Who may call: nobody in particular, a Bearer token or X-User-ID, a Bearer token only, whoever asked for an operation, operators. */
export type RouteAuth = "none" | "any" | "bearer" | "operation" | "admin";

export interface RouteAnswer {
  readonly status: number;
  readonly description: string;
  /** Absent: no body. */
  readonly body?: z.ZodType;
  readonly mediaType?: string;
  /** Headers of its own. */
  readonly headers?: readonly ("ETag" | "Location")[];
}

/** One method at one path: what it takes, what it answers, and which flow it starts, if it changes anything. */
export interface Route {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Whole path, parameters as `{name}`. */
  readonly path: string;
  readonly auth: RouteAuth;
  readonly summary: string;
  readonly tag: string;
  readonly body?: z.ZodObject;
  /** Parameters in the query; never a secret. */
  readonly query?: z.ZodObject;
  /** Headers of its own, by name, with what they are; where secrets go that a read needs. */
  readonly headers?: { readonly [name: string]: string };
  /** Likewise, those that need not be there. */
  readonly optionalHeaders?: { readonly [name: string]: string };
  readonly answers: readonly RouteAnswer[];
  readonly problems: readonly ProblemCode[];
  /** Whether it may demand a factor that was proven a short while ago. */
  readonly stepUp?: true;
  /** Set on commands: the request becomes this flow. */
  readonly flow?: Flow;
  /** How often it may be asked for, the strictest limit first; a replay of an `Idempotency-Key` does not count. */
  readonly limits?: readonly LimitName[];
  /** Answered as soon as the queue has the first command, whatever becomes of it. */
  readonly answersAtOnce?: true;
  /** There in development mode only. */
  readonly developmentOnly?: true;
}

export const route = <const R extends Route>(definition: R): R => definition;

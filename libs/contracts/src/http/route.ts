import type { z } from "zod";
import type { Flow } from "../flow.ts";
import type { ProblemCode } from "../problems.ts";

/** Who may call: nobody in particular, a Bearer token or X-User-ID, a Bearer token only. */
export type RouteAuth = "none" | "any" | "bearer" | "operation";

export interface RouteAnswer {
  readonly status: number;
  readonly description: string;
  /** Absent: no body. */
  readonly body?: z.ZodType;
  readonly mediaType?: string;
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
  readonly answers: readonly RouteAnswer[];
  readonly problems: readonly ProblemCode[];
  /** Set on commands: the request becomes this flow. */
  readonly flow?: Flow;
}

export const route = <const R extends Route>(definition: R): R => definition;

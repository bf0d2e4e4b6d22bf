import { userId } from "@lanyard/contracts";
import type { Request } from "express";
import { ProblemError } from "../http/problem.ts";

/** Whom an operator's route is about. @throws ProblemError */
export function userInPath(request: Request): string {
  const parsed = userId.safeParse(request.params["userId"]);
  // What cannot be an id is nobody's, as an unknown one is.
  if (!parsed.success) throw new ProblemError("user_not_found");
  return parsed.data.toLowerCase();
}

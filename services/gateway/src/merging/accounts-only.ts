import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";

/** The step that lets no visitor pass. */
export const accountsOnly: RequestHandler = (_request, response, next) => {
  const identity = identityOf(response);
  if (identity.by !== "token" || identity.claims.kind !== "account") throw new ProblemError("account_required");
  next();
};

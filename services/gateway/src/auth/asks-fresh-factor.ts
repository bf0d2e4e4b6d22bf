import type { JsonObject } from "@lanyard/contracts";
import type { Response } from "express";
import { ProblemError } from "../http/problem.ts";
import type { Projections } from "../reads/projections.ts";
import { identityOf } from "./authenticate.ts";

export interface AsksFreshFactorDeps {
  readonly projections: Pick<Projections, "secondFactor">;
  /** How long a factor that was proven counts as fresh. */
  readonly stepUpSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Lets pass who has proven a factor a short while ago: the second, of an account that has one, and else the first. What the
 * access token says of it was signed when it was issued; whether there is a second factor is read at this moment.
 * @throws ProblemError `step_up_required`
 */
export const asksFreshFactor =
  (
    { projections, stepUpSeconds, now }: AsksFreshFactorDeps,
    stepUpWhen: (body: JsonObject, hasSecondFactor: boolean) => boolean = () => true,
  ) =>
  async (body: JsonObject, response: Response): Promise<void> => {
    const identity = identityOf(response);
    if (identity.by !== "token") throw new ProblemError("account_required");
    const { claims, userId } = identity;
    const hasSecondFactor = (await projections.secondFactor(userId))?.totp !== undefined;
    if (!stepUpWhen(body, hasSecondFactor)) return;
    const provenAt = hasSecondFactor ? claims.second_factor_time : claims.auth_time;
    if (provenAt !== undefined && now() / 1000 - provenAt < stepUpSeconds) return;
    throw new ProblemError("step_up_required", { factor: hasSecondFactor ? "second" : "first" });
  };

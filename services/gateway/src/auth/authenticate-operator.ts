import type { Log } from "@lanyard/messaging";
import type { RequestHandler, Response } from "express";
import { ProblemError } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import { type AuthenticateDeps, bearerOf, type Identity, identify, refuseRevoked } from "./authenticate.ts";
import { type OpsKeyHash, opsKeyNameOf } from "./ops-keys.ts";

/** Who operates: a machine by the name of its key, or a person by an access token with the role `admin`. */
export type Operator =
  | { readonly by: "key"; readonly keyName: string }
  | { readonly by: "token"; readonly userId: string; readonly sessionId: string };

export interface AuthenticateOperatorDeps extends AuthenticateDeps {
  /** None: no machine operates this deployment. */
  readonly opsKeys: readonly OpsKeyHash[];
  readonly log: Log;
}

export const ADMIN_ROLE = "admin";

export const operatorOf = (response: Response): Operator => response.locals["operator"] as Operator;

/**
 * The step that lets operators pass and nobody else; later steps ask `operatorOf`. An ops key counts here only: on every
 * other route it is an access token that is not good. `X-User-ID` counts for nothing here.
 */
export const authenticateOperator =
  (deps: AuthenticateOperatorDeps): RequestHandler =>
  async (request, response, next) => {
    const shown = bearerOf(request);
    const keyName = shown === undefined ? undefined : opsKeyNameOf(deps.opsKeys, shown);
    if (keyName !== undefined) {
      const { requestId } = contextOf(response);
      deps.log.info({ requestId, opsKey: keyName, route: response.locals["route"] }, "an ops key was used");
      response.locals["operator"] = { by: "key", keyName } satisfies Operator;
      return next();
    }
    const identity = await identify(request, "bearer", deps);
    if (identity.by !== "token" || !identity.claims.roles.includes(ADMIN_ROLE))
      throw new ProblemError("admin_required");
    deps.uses.note(identity, contextOf(response));
    const { userId, sessionId } = identity;
    // Its commands are its own, as any user's are.
    response.locals["identity"] = identity;
    response.locals["operator"] = { by: "token", userId, sessionId } satisfies Operator;
    next();
  };

/** Asked while a long answer is given to an operator who was let in. @throws ProblemError once it would be refused */
export async function stillOperates(
  { sessionChecks, now }: Pick<AuthenticateDeps, "sessionChecks" | "now">,
  response: Response,
): Promise<void> {
  const identity = response.locals["identity"] as Identity | undefined;
  if (identity?.by !== "token") return;
  if (now() >= identity.claims.exp * 1000) throw new ProblemError("token_expired");
  await refuseRevoked(sessionChecks, identity.claims);
}

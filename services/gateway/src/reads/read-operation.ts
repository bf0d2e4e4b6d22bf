import { type Caller, flows, httpSchemas } from "@lanyard/contracts";
import type { Outcomes } from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";
import type { Request, RequestHandler } from "express";
import { type AuthenticateDeps, callerOf, identify } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";
import { contextOf, type RequestContext } from "../http/request-context.ts";
import {
  isOperationOf,
  isOperationSecret,
  locationOf,
  OPERATION_KEPT_MS,
  receivedAtOf,
} from "../operations/operation-id.ts";
import { isGone, presentOutcome } from "../operations/present-outcome.ts";

export interface ReadOperationDeps {
  readonly outcomes: Pick<Outcomes, "read">;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly authenticate: AuthenticateDeps;
  readonly now: () => number;
}

/** `GET /operations/{operationId}`: for its caller, or whoever holds its secret; for all others there is no such operation. */
export const readOperation =
  (deps: ReadOperationDeps): RequestHandler =>
  async (request, response) => {
    const operationId = String(request.params["operationId"]);
    if (!(await isTheirs(deps, operationId, request, contextOf(response))))
      throw new ProblemError("operation_not_found");
    const recorded = await deps.outcomes.read(operationId);
    const knownSince = recorded === undefined ? receivedAtOf(operationId) : Date.parse(recorded.finishedAt);
    if (deps.now() - knownSince > OPERATION_KEPT_MS) throw new ProblemError("operation_not_found");
    response.set("X-Operation-Id", operationId);
    if (recorded === undefined) {
      response.status(202).set({ "Retry-After": "1", Location: locationOf(operationId) });
      response.json({ operationId, status: "pending" });
      return;
    }
    const flow = flows.allFlows.find(
      ({ name, version }) => name === recorded.flow.name && version === recorded.flow.version,
    );
    if (flow === undefined)
      throw new Error(`an outcome of an unknown flow: ${recorded.flow.name}/${recorded.flow.version}`);
    if (isGone(flow, recorded, deps.now())) throw new ProblemError("outcome_gone");
    response.json(httpSchemas.finishedOperation.parse(await presentOutcome(deps.sealing, flow, recorded)));
  };

/** The id itself says whose it is. */
async function isTheirs(
  deps: ReadOperationDeps,
  operationId: string,
  request: Request,
  context: RequestContext,
): Promise<boolean> {
  const secret = request.get("x-operation-secret");
  if (secret !== undefined) {
    return (
      isOperationOf(deps.derivation, operationId, NOBODY) && isOperationSecret(deps.derivation, operationId, secret)
    );
  }
  try {
    const identity = await identify(request, "bearer", deps.authenticate);
    deps.authenticate.uses.note(identity, context);
    return isOperationOf(deps.derivation, operationId, callerOf(identity));
  } catch (error) {
    // Who shows nothing learns nothing; who shows a bad token is told that it is bad.
    if (error instanceof ProblemError && error.code === "unauthenticated") return false;
    throw error;
  }
}

const NOBODY: Caller = { kind: "none" };

import { type Caller, flows, httpSchemas } from "@lanyard/contracts";
import { isOperationOf, OPERATION_KEPT_MS, type Outcomes, receivedAtOf } from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";
import type { Request, RequestHandler } from "express";
import { type AuthenticateDeps, callerOf, identify } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";
import { contextOf, type RequestContext } from "../http/request-context.ts";
import { isPending, type Joins, type Pending } from "../operations/joins.ts";
import { isOperationSecret, locationOf } from "../operations/operation-id.ts";
import { isGone, presentOutcome } from "../operations/present-outcome.ts";

export interface ReadOperationDeps {
  readonly outcomes: Pick<Outcomes, "read">;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly authenticate: AuthenticateDeps;
  readonly now: () => number;
  /** What becomes of operations that have joined another. */
  readonly joins: Joins;
  /** How far an operation is that has not ended, as far as it tells. Never rejects for a table that is down. */
  readonly progressOf: (operationId: string) => Promise<Pending["progress"]>;
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
    const standing = recorded === undefined ? await pending(deps, operationId) : await deps.joins(recorded);
    if (isPending(standing)) {
      response.status(202).set({ "Retry-After": "1", Location: locationOf(standing.operationId) });
      response.json(standing);
      return;
    }
    const flow = flows.allFlows.find(
      ({ name, version }) => name === standing.flow.name && version === standing.flow.version,
    );
    if (flow === undefined)
      throw new Error(`an outcome of an unknown flow: ${standing.flow.name}/${standing.flow.version}`);
    if (isGone(flow, standing, deps.now())) throw new ProblemError("outcome_gone");
    response.json(httpSchemas.finishedOperation.parse(await presentOutcome(deps.sealing, flow, standing)));
  };

async function pending({ progressOf }: ReadOperationDeps, operationId: string): Promise<Pending> {
  const progress = await progressOf(operationId);
  return { operationId, status: "pending", ...(progress !== undefined && { progress }) };
}

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

import { type Route, routes } from "@lanyard/contracts";
import type { Log } from "@lanyard/messaging";
import type { RequestHandler } from "express";
import { type AuthenticateDeps, authenticate } from "./auth/authenticate.ts";
import { jsonBody } from "./http/validate-body.ts";
import { type FlowRoute, namesOperation, type RunsFlowDeps, runsFlow } from "./operations/runs-flow.ts";
import type { Projections } from "./reads/projections.ts";
import { type ReadOperationDeps, readOperation } from "./reads/read-operation.ts";
import { readSession } from "./reads/read-session.ts";
import type { RevocationView } from "./revocations/revocation-view.ts";
import { logsOut } from "./sessions/logs-out.ts";
import { refreshes } from "./sessions/refreshes.ts";

export interface RouteDeps {
  readonly log: Log;
  readonly now: () => number;
  readonly authenticate: AuthenticateDeps;
  readonly commands: RunsFlowDeps;
  readonly revocations: Pick<RevocationView, "note">;
  readonly operations: ReadOperationDeps;
  readonly projections: Projections;
  readonly jwks: RequestHandler;
  readonly health: RequestHandler;
  readonly openApi: RequestHandler;
}

/** A route of the contract with the steps that serve it, in order. */
export interface ServedRoute {
  readonly route: Route;
  readonly steps: readonly RequestHandler[];
}

/** Every route of the gateway: to read this list is to know what it answers. */
export function servedRoutes(deps: RouteDeps): readonly ServedRoute[] {
  const any = authenticate("any", deps.authenticate);
  const bearer = authenticate("bearer", deps.authenticate);
  const command = (route: Route, before: readonly RequestHandler[] = [], flow: FlowRoute = {}): ServedRoute => ({
    route,
    steps: [...before, namesOperation(deps.commands), jsonBody(), runsFlow(route, deps.commands, flow)],
  });
  const read = (route: Route, ...steps: RequestHandler[]): ServedRoute => ({ route, steps });
  return [
    command(routes.createAnonymousSession),
    read(routes.readSession, any, readSession(deps)),
    command(routes.refreshSession, [], refreshes(deps.commands)),
    command(routes.logout, [bearer], logsOut(deps.revocations)),
    read(routes.readOperation, readOperation(deps.operations)),
    read(routes.readJwks, deps.jwks),
    read(routes.readHealth, deps.health),
    read(routes.readReadiness, deps.health),
    read(routes.readMetrics, deps.health),
    read(routes.readOpenApi, deps.openApi),
  ];
}

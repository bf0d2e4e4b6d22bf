import { type JsonObject, type RevocationScope, type Route, revocationScope, routes } from "@lanyard/contracts";
import type { Log } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import type { Response } from "express";
import { operatorOf } from "../auth/authenticate-operator.ts";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { RevocationView } from "../revocations/revocation-view.ts";
import { operatorNameOf } from "./operator-actions.ts";
import { userInPath } from "./user-in-path.ts";

export interface RevokesInBulkDeps {
  readonly revocations: Pick<RevocationView, "pulls">;
  readonly derivation: Derivation;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
  readonly log: Log;
}

/** How far ahead of this deployment's time an operator's clock may be. */
const AHEAD_MS = 60_000;

/** `POST /admin/sessions/revoke` */
export const revokesSessions = (deps: RevokesInBulkDeps): FlowRoute => ({
  ...pulls(deps),
  toInput: (body, _request, response) => ({
    ...pulledBy(routes.revokeSessions, response),
    scope: scopeIn(body, deps.brokerNow()),
    reason: String(body["reason"]),
  }),
});

/** `DELETE /admin/users/{userId}/tokens` */
export const revokesUserTokens = (deps: RevokesInBulkDeps): FlowRoute => ({
  ...pulls(deps),
  toInput({ reason = "Every session of a user was ended" }, request, response) {
    const scope = { kind: "user", userId: userInPath(request) };
    return { ...pulledBy(routes.revokeUserTokens, response), scope, reason };
  },
});

/** `DELETE /admin/tokens` */
export const revokesAllTokens = (deps: RevokesInBulkDeps): FlowRoute => ({
  ...pulls(deps),
  toInput: ({ reason = "Every signing key was replaced" }, _request, response) => ({
    ...pulledBy(routes.revokeAllTokens, response),
    reason,
  }),
});

/** What is to be revoked, with ids as they are compared. @throws ProblemError */
export function scopeIn(body: JsonObject, now: number): RevocationScope {
  const scope = revocationScope.parse(body["scope"]);
  switch (scope.kind) {
    case "user":
      return { kind: "user", userId: scope.userId.toLowerCase() };
    case "openedBefore": {
      if (Date.parse(scope.at) <= now + AHEAD_MS) return scope;
      const errors = [{ path: "scope.at", message: "must not be in the future" }];
      throw new ProblemError("validation_failed", { errors });
    }
    case "all":
    case "anonymous":
    case "accounts":
    case "method":
    case "ipRange":
      return scope;
  }
}

/** One operation is one revocation, so that a replay names the same; whoever is told of it finds it in force here. */
const pulls = ({ revocations, derivation, log }: RevokesInBulkDeps): FlowRoute => ({
  fromOperation: ({ operationId, derivationKid }) => ({
    revocationId: derivation.uuid(derivationKid, "identifier", operationId, "bulk revocation"),
  }),
  async onSuccess({ revocationId }) {
    try {
      await revocations.pulls.catchUp();
    } catch (error) {
      // Within the second it is known by event or log, or nobody is let in.
      log.warn({ err: error, revocationId }, "a pull could not be read when it was answered");
    }
  },
});

const pulledBy = (route: Route, response: Response): JsonObject => {
  const by = operatorNameOf(operatorOf(response));
  return { by, pulledBy: by, action: route.id };
};

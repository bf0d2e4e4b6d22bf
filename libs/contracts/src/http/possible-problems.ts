import { type ProblemCode, problemCodes } from "../problems.ts";
import type { Route, RouteAuth } from "./route.ts";

const ofEveryToken: readonly ProblemCode[] = [
  "unauthenticated",
  "token_invalid",
  "token_expired",
  "session_revoked",
  "revocation_view_stale",
];

const ofAuth: Record<RouteAuth, readonly ProblemCode[]> = {
  none: [],
  operation: ["token_invalid", "token_expired", "session_revoked", "revocation_view_stale"],
  bearer: ofEveryToken,
  admin: [...ofEveryToken, "admin_required"],
  any: [...ofEveryToken, "user_merged", "conflicting_credentials"],
};

/** What browsers do for pages of other sites, and what an `Idempotency-Key` may end in; commands take it. */
const ofEveryCommand: readonly ProblemCode[] = [
  "cross_site_request",
  "idempotency_key_invalid",
  "operation_in_progress",
  "outcome_gone",
  "idempotency_key_reused",
];

/** The problems that a route answers with before it knows who is calling. */
export const problemsOfCaller = (route: Route): readonly ProblemCode[] => ofAuth[route.auth];

/** Every problem a route may answer with: its own, its flow's, and those of what it goes through; in catalogue order. */
export function possibleProblems(route: Route): readonly ProblemCode[] {
  const asksOthers = route.flow !== undefined || route.auth !== "none";
  const possible = new Set<ProblemCode>([
    ...route.problems,
    ...(route.flow?.steps.flatMap((step) => step.command.problems) ?? []),
    ...problemsOfCaller(route),
    ...(route.flow === undefined ? [] : ofEveryCommand),
    ...(route.stepUp === true ? (["step_up_required"] as const) : []),
    ...(route.limits === undefined ? [] : (["rate_limited"] as const)),
    ...(asksOthers ? (["service_unavailable"] as const) : []),
    "internal_error",
  ]);
  return problemCodes.filter((code) => possible.has(code));
}

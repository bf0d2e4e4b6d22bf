import { type ProblemCode, problemCodes } from "../problems.ts";
import type { Route, RouteAuth } from "./route.ts";

const ofEveryToken: readonly ProblemCode[] = ["unauthenticated", "token_invalid", "token_expired", "session_revoked"];

const ofAuth: Record<RouteAuth, readonly ProblemCode[]> = {
  none: [],
  operation: ["token_invalid", "token_expired"],
  bearer: ofEveryToken,
  any: [...ofEveryToken, "user_merged", "conflicting_credentials"],
};

/** Every problem a route may answer with: its own, its flow's, and those of what it goes through; in catalogue order. */
export function possibleProblems(route: Route): readonly ProblemCode[] {
  const asksOthers = route.flow !== undefined || route.auth !== "none";
  const possible = new Set<ProblemCode>([
    ...route.problems,
    ...(route.flow?.steps.flatMap((step) => step.command.problems) ?? []),
    ...ofAuth[route.auth],
    ...(asksOthers ? (["service_unavailable"] as const) : []),
    "internal_error",
  ]);
  return problemCodes.filter((code) => possible.has(code));
}

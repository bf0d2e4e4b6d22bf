import { type Json, problems, routes } from "@lanyard/contracts";
import { type AuthenticateDeps, genuine } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";
import { decideAnonymous } from "./decide-anonymous.ts";

export type VisitorShownDeps = Pick<
  AuthenticateDeps,
  "verifier" | "projections" | "sessionChecks" | "visitorIds" | "now"
>;

/** The visitor whom a client has shown to be. */
export interface VisitorShown {
  readonly visitorId: string;
  /** Whether it is part of an account already, as far as is known here. */
  readonly isMerged: boolean;
}

/**
 * The visitor whom `anonymous` of a body shows: by an access token, as good as one has to be for any request, or by its id
 * where ids count. A session that was ended because its visitor was merged is good enough to say who the visitor was.
 * @throws ProblemError naming the field, so that nobody takes it for a mistake in their own credentials; DependencyUnavailable
 */
export async function visitorShown(anonymous: Json | undefined, deps: VisitorShownDeps): Promise<VisitorShown> {
  const shown = routes.mergeVisitor.body.shape.anonymous.parse(anonymous);
  return "accessToken" in shown
    ? about("anonymous.accessToken", () => byToken(shown.accessToken, deps))
    : about("anonymous.userId", () => byId(shown.userId.toLowerCase(), deps));
}

/** The same for a visitor who goes on: one that is part of an account already does not. @throws ProblemError */
export async function visitorContinued(anonymous: Json | undefined, deps: VisitorShownDeps): Promise<string> {
  const { visitorId, isMerged } = await visitorShown(anonymous, deps);
  if (isMerged) throw new ProblemError("user_merged");
  return visitorId;
}

async function byToken(token: string, deps: VisitorShownDeps): Promise<VisitorShown> {
  const claims = await genuine(deps.verifier, token);
  if (claims.kind !== "anonymous") throw new ProblemError("not_anonymous");
  const [check, user] = await Promise.all([deps.sessionChecks.check(claims), deps.projections.user(claims.sub)]);
  if (check.kind === "stale") throw new ProblemError("revocation_view_stale");
  if (check.kind === "revoked" && check.reason !== "merged") {
    throw new ProblemError("session_revoked", { reason: check.reason });
  }
  return { visitorId: claims.sub, isMerged: check.kind === "revoked" || user?.mergedTo !== undefined };
}

async function byId(visitorId: string, deps: VisitorShownDeps): Promise<VisitorShown> {
  const { projections, sessionChecks, now } = deps;
  if (!deps.visitorIds) throw new ProblemError("validation_failed");
  const [user, sessions] = await Promise.all([projections.user(visitorId), projections.sessionsOf(visitorId)]);
  // Their items say whether they were revoked; whether a pull has voided them does not stand there yet.
  if (sessionChecks.isStale) throw new ProblemError("revocation_view_stale");
  const decision = decideAnonymous(user, sessions, now(), sessionChecks.isVoid);
  switch (decision.kind) {
    case "live":
    case "merged":
      return { visitorId, isMerged: decision.kind === "merged" };
    case "refused":
      if (decision.reason === "operator") sessionChecks.noteRefusal();
      throw new ProblemError(decision.code, decision.reason === undefined ? {} : { reason: decision.reason });
  }
}

async function about<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { code, extra } = error;
    const message = code === "validation_failed" ? "does not count here: show accessToken" : problems[code].title;
    throw new ProblemError(code, { ...extra, errors: [{ path, message }] });
  }
}

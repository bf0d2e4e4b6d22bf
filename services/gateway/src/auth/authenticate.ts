import type { Caller } from "@lanyard/contracts";
import type { AccessTokenClaims, AccessTokenVerifier } from "@lanyard/session-manager";
import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { ProblemError } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import type { Projections, Session } from "../reads/projections.ts";
import type { SessionChecks } from "../revocations/session-checks.ts";
import { decideVisitor } from "./decide-visitor.ts";
import type { SessionUse } from "./session-use.ts";

/** Who is calling: by an access token, or by a visitor's id as its newest live session. */
export type Identity =
  | { readonly by: "token"; readonly userId: string; readonly sessionId: string; readonly claims: AccessTokenClaims }
  | { readonly by: "visitor"; readonly userId: string; readonly sessionId: string; readonly session: Session };

export interface AuthenticateDeps {
  readonly verifier: Pick<AccessTokenVerifier, "verify">;
  readonly projections: Pick<Projections, "user" | "sessionsOf">;
  readonly sessionChecks: Pick<SessionChecks, "check" | "isVoid" | "isStale" | "noteRefusal">;
  readonly uses: Pick<SessionUse, "note">;
  /** Whether `X-User-ID` counts. */
  readonly visitorIds: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const identityOf = (response: Response): Identity => response.locals["identity"] as Identity;

export const callerOf = (identity: Identity): Caller => ({ kind: "user", userId: identity.userId });

/**
 * The one place that decides who is calling. A Bearer token wins when it and `X-User-ID` name one user; a token that is
 * shown but not good is refused, whatever else is shown.
 * @throws ProblemError
 */
export async function identify(request: Request, accepts: "any" | "bearer", deps: AuthenticateDeps): Promise<Identity> {
  const visitorId = deps.visitorIds && accepts === "any" ? visitorIdOf(request) : undefined;
  const bearer = bearerOf(request);
  if (bearer !== undefined) {
    const claims = await genuine(deps.verifier, bearer);
    if (visitorId !== undefined && visitorId !== claims.sub) throw new ProblemError("conflicting_credentials");
    await refuseRevoked(deps.sessionChecks, claims);
    return { by: "token", userId: claims.sub, sessionId: claims.sid, claims };
  }
  if (visitorId !== undefined) return visitor(deps, visitorId);
  throw new ProblemError("unauthenticated");
}

/**
 * The step that lets nobody pass who is not known; later steps ask `identityOf`. The request is a use of its session,
 * which lives on from it, unless `isUse` is false.
 */
export const authenticate =
  (
    accepts: "any" | "bearer",
    deps: AuthenticateDeps,
    { isUse = true }: { readonly isUse?: boolean } = {},
  ): RequestHandler =>
  async (request, response, next) => {
    const identity = await identify(request, accepts, deps);
    response.locals["identity"] = identity;
    if (isUse) deps.uses.note(identity, contextOf(response));
    next();
  };

/** On every request, cached token or not. Who cannot tell lets nobody in. @throws ProblemError, DependencyUnavailable */
export async function refuseRevoked(
  sessionChecks: Pick<SessionChecks, "check">,
  claims: AccessTokenClaims,
): Promise<void> {
  const check = await sessionChecks.check(claims);
  switch (check.kind) {
    case "none":
      return;
    case "revoked":
      throw new ProblemError("session_revoked", { reason: check.reason });
    case "stale":
      throw new ProblemError("revocation_view_stale");
  }
}

/** What a token of this deployment says that has not expired. @throws ProblemError */
export async function genuine(verifier: AuthenticateDeps["verifier"], token: string): Promise<AccessTokenClaims> {
  const verification = await verifier.verify(token);
  switch (verification.kind) {
    case "valid":
      return verification.claims;
    case "expired":
      throw new ProblemError("token_expired");
    case "invalid":
      throw new ProblemError("token_invalid");
  }
}

async function visitor(deps: AuthenticateDeps, userId: string): Promise<Identity> {
  const { projections, sessionChecks, now } = deps;
  const [user, sessions] = await Promise.all([projections.user(userId), projections.sessionsOf(userId)]);
  // Their items say whether they were revoked; whether a pull has voided them does not stand there yet.
  if (sessionChecks.isStale) throw new ProblemError("revocation_view_stale");
  const decision = decideVisitor(user, sessions, now(), sessionChecks.isVoid);
  switch (decision.kind) {
    case "acts":
      return { by: "visitor", userId, sessionId: decision.session.sessionId, session: decision.session };
    case "refused":
      if (decision.reason === "operator") sessionChecks.noteRefusal();
      throw new ProblemError(decision.code, decision.reason === undefined ? {} : { reason: decision.reason });
  }
}

/** RFC 6750 section 2.1: the scheme in any case, spaces, one token. Another scheme is no token at all. */
export function bearerOf(request: Request): string | undefined {
  const header = request.get("authorization");
  if (header === undefined || !/^bearer(?: |$)/i.test(header)) return undefined;
  const token = /^bearer +([^ ]+)$/i.exec(header)?.[1];
  if (token === undefined) throw new ProblemError("token_invalid");
  return token;
}

function visitorIdOf(request: Request): string | undefined {
  const header = request.get("x-user-id");
  if (header === undefined) return undefined;
  const parsed = z.uuid().safeParse(header);
  // What cannot be an id is nobody's, as an unknown one is.
  if (!parsed.success) {
    throw new ProblemError("unauthenticated", { errors: [{ path: "X-User-ID", message: "must be a UUID" }] });
  }
  return parsed.data.toLowerCase();
}

import { httpSchemas } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";
import type { SessionChecks } from "../revocations/session-checks.ts";
import { liveSession } from "./live-session.ts";
import type { Projections, Session, User } from "./projections.ts";

type Reads = Pick<Projections, "session" | "user" | "sessionsOf" | "password" | "secondFactor">;

/** `GET /auth/me`: the caller as it stands in the tables at this moment, with the roles of its token. */
export const readMe =
  ({
    projections,
    sessionChecks,
    now,
  }: {
    readonly projections: Reads;
    readonly sessionChecks: Pick<SessionChecks, "isVoid">;
    readonly now: () => number;
  }): RequestHandler =>
  async (_request, response) => {
    const identity = identityOf(response);
    const [session, user] = await Promise.all([
      projections.session(identity.userId, identity.sessionId),
      projections.user(identity.userId),
    ]);
    liveSession(session, now(), sessionChecks.isVoid);
    if (user === undefined) throw new ProblemError("unauthenticated");
    const { userId: id, userKind: kind, email, displayName, locale, createdAt } = user;
    const roles = identity.by === "token" ? [...identity.claims.roles] : [];
    const said = {
      ...(email !== undefined && { email }),
      ...(displayName !== undefined && { displayName }),
      ...(locale !== undefined && { locale }),
    };
    const ofAccount = kind === "account" ? await accountFacts(user, projections) : {};
    response.json(httpSchemas.me.parse({ user: { id, kind, ...said, roles }, createdAt, ...ofAccount }));
  };

/** What an account is proven by, and when it last was. */
async function accountFacts({ userId }: User, reads: Reads) {
  const [sessions, password, secondFactor] = await Promise.all([
    reads.sessionsOf(userId),
    reads.password(userId),
    reads.secondFactor(userId),
  ]);
  const newest = sessions.reduce<Session | undefined>(
    (last, each) => (last === undefined || each.openedAt > last.openedAt ? each : last),
    undefined,
  );
  const isOn = secondFactor?.totp !== undefined;
  return {
    ...(newest !== undefined && { lastSignIn: { at: newest.openedAt, method: newest.method } }),
    security: {
      // A short one opens nothing alone.
      password: password !== undefined && password.suspended === undefined && (isOn || !password.isShort),
      secondFactor: isOn,
      backupCodesLeft: isOn ? secondFactor.backupCodes.filter(({ spentBy }) => spentBy === undefined).length : 0,
    },
  };
}

import { andonSchemas, type RevocationScope, routes, sessionItem } from "@lanyard/contracts";
import { isInScope, stampedSession } from "@lanyard/session-manager";
import { type ItemStore, typedItems } from "@lanyard/storage";
import type { RequestHandler } from "express";
import { isLive } from "../auth/decide-session.ts";
import { hangUpOf } from "../http/hang-up.ts";
import { validBody } from "../http/validate-body.ts";
import type { Projections, Session } from "../reads/projections.ts";
import type { SessionChecks } from "../revocations/session-checks.ts";
import { scopeIn } from "./revoke-in-bulk.ts";

export interface PreviewRevocationDeps {
  readonly sessionTable: ItemStore;
  readonly projections: Pick<Projections, "sessionsOf">;
  readonly sessionChecks: Pick<SessionChecks, "isVoid">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The same on the time that all processes share. */
  readonly brokerNow: () => number;
}

/** `POST /admin/sessions/revoke?dryRun=true`: how many sessions it would end at this moment. Changes nothing. */
export const previewRevocation =
  (deps: PreviewRevocationDeps): RequestHandler =>
  async (request, response) => {
    const { now, sessionChecks } = deps;
    const scope = scopeIn(validBody(routes.revokeSessions.body, request), deps.brokerNow());
    const hungUp = hangUpOf(response);
    let matched = 0;
    for await (const sessions of sessionsThat(scope, deps)) {
      if (hungUp.aborted) return;
      matched += sessions.filter(
        (session) => isLive(session, now(), sessionChecks.isVoid) && isInScope(scope, stampedSession(session)),
      ).length;
    }
    response.json(andonSchemas.matchedSessions.parse({ matched }));
  };

/** A user's own sessions lie together; for all others the whole table is read, a page in memory at a time. */
async function* sessionsThat(
  scope: RevocationScope,
  { projections, sessionTable }: PreviewRevocationDeps,
): AsyncGenerator<readonly Session[]> {
  if (scope.kind === "user") {
    yield await projections.sessionsOf(scope.userId);
    return;
  }
  const sessions = typedItems(sessionTable, sessionItem);
  let after: string | undefined;
  do {
    const page = await sessionTable.scan({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield page.items.filter(({ key }) => key.sk.startsWith(SESSION)).map((item) => sessions.parse(item).value);
    after = page.cursor;
  } while (after !== undefined);
}

const PAGE = 500;
const SESSION = sessionItem.key("", "").sk;

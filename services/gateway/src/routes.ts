import { type Route, routes } from "@lanyard/contracts";
import type { Log } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import type { Request, RequestHandler, Response } from "express";
import { confirmsEmailChange } from "./accounts/confirms-email-change.ts";
import { readEmailChange } from "./accounts/read-email-change.ts";
import { undoesEmailChange } from "./accounts/undoes-email-change.ts";
import { updatesMe } from "./accounts/updates-me.ts";
import { type VerifyAuditDeps, verifyAudit } from "./audit/verify-audit.ts";
import { type AsksFreshFactorDeps, asksFreshFactor } from "./auth/asks-fresh-factor.ts";
import { type AuthenticateDeps, authenticate } from "./auth/authenticate.ts";
import { authenticateOperator, stillOperates } from "./auth/authenticate-operator.ts";
import type { OpsKeyHash } from "./auth/ops-keys.ts";
import { showsDevice } from "./auth/shows-device.ts";
import { answersByCode, answersByLink } from "./challenges/answers-challenge.ts";
import { type ReadMagicLinkDeps, readMagicLink } from "./challenges/read-magic-link.ts";
import { type RequestsChallengeDeps, requestsChallenge } from "./challenges/requests-challenge.ts";
import { refuseUnknownKind } from "./data/item-path.ts";
import { type ListItemsDeps, listItems } from "./data/list-items.ts";
import { type ReadItemDeps, readItem } from "./data/read-item.ts";
import { createsItem, ITEM_BODY_BYTES, removesItem, replacesItem } from "./data/saves-item.ts";
import { type ReadMailboxDeps, readMailbox } from "./development/read-mailbox.ts";
import { refuseCrossSite } from "./http/refuse-cross-site.ts";
import { jsonBody } from "./http/validate-body.ts";
import { isDryRun } from "./http/validate-query.ts";
import { accountsOnly } from "./merging/accounts-only.ts";
import { type MergesVisitorDeps, mergesVisitor } from "./merging/merges-visitor.ts";
import { type PreviewMergeDeps, previewMerge } from "./merging/preview-merge.ts";
import { type FlowRoute, namesOperation, type RunsFlowDeps, runsFlow } from "./operations/runs-flow.ts";
import { type DeadLettersDeps, listDeadLetters, showDeadLetters } from "./operators/dead-letters.ts";
import { listKeys } from "./operators/list-keys.ts";
import { type OperatorActions, recordsAction } from "./operators/operator-actions.ts";
import { liftsSecondFactor, redrives, removesKey, rotatesKeys, setsRoles } from "./operators/operator-commands.ts";
import { type PreviewRevocationDeps, previewRevocation } from "./operators/preview-revocation.ts";
import { listRevocations, type ReadRevocationDeps, readRevocation } from "./operators/revocations.ts";
import {
  type RevokesInBulkDeps,
  revokesAllTokens,
  revokesSessions,
  revokesUserTokens,
} from "./operators/revoke-in-bulk.ts";
import { showOperation } from "./operators/show-operation.ts";
import { continuePage } from "./pages/continue-page.ts";
import { reportPage } from "./pages/report-page.ts";
import { undoEmailPage } from "./pages/undo-email-page.ts";
import { changesPassword } from "./passwords/changes-password.ts";
import { registersPassword } from "./passwords/registers-password.ts";
import { resetsPassword } from "./passwords/resets-password.ts";
import { signsInByPassword } from "./passwords/signs-in-by-password.ts";
import { findSecurityEvents } from "./reads/find-security-events.ts";
import { findUsers } from "./reads/find-users.ts";
import { listSessions } from "./reads/list-sessions.ts";
import { lookupUser } from "./reads/lookup-user.ts";
import type { Projections } from "./reads/projections.ts";
import { readMe } from "./reads/read-me.ts";
import { type ReadOperationDeps, readOperation } from "./reads/read-operation.ts";
import { readSecurityEvents } from "./reads/read-security-events.ts";
import { readSession } from "./reads/read-session.ts";
import type { SecurityEvents } from "./reads/security-events.ts";
import { readReport } from "./reports/read-report.ts";
import { reportsSession } from "./reports/reports-session.ts";
import type { BulkRevocations } from "./revocations/bulk-revocations.ts";
import type { RevocationView } from "./revocations/revocation-view.ts";
import type { SessionChecks } from "./revocations/session-checks.ts";
import { answersSecondFactor } from "./second-factor/answers-second-factor.ts";
import { ofOwnAccount, ofOwnSession } from "./second-factor/of-own-account.ts";
import { showsQrCode } from "./second-factor/shows-qr-code.ts";
import { endsOwnSession, endsOwnSessions } from "./sessions/ends-sessions.ts";
import { logsOut } from "./sessions/logs-out.ts";
import { refreshes } from "./sessions/refreshes.ts";

export interface RouteDeps extends Pick<AsksFreshFactorDeps, "stepUpSeconds"> {
  readonly log: Log;
  readonly now: () => number;
  readonly derivation: Derivation;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
  readonly authenticate: AuthenticateDeps;
  /** Origins whose pages may start commands from another site. */
  readonly corsOrigins: readonly string[];
  readonly opsKeys: readonly OpsKeyHash[];
  readonly commands: RunsFlowDeps;
  readonly revocations: Pick<RevocationView, "note" | "pulls">;
  readonly sessionChecks: Pick<SessionChecks, "isVoid">;
  readonly andon: RevokesInBulkDeps &
    PreviewRevocationDeps &
    Omit<ReadRevocationDeps, "stillOperates"> & { readonly bulkRevocations: BulkRevocations };
  readonly challenges: RequestsChallengeDeps & ReadMagicLinkDeps;
  readonly merging: MergesVisitorDeps & PreviewMergeDeps;
  readonly data: ListItemsDeps & ReadItemDeps;
  readonly operations: ReadOperationDeps;
  readonly projections: Projections;
  readonly operatorActions: Pick<OperatorActions, "note">;
  readonly deadLetters: DeadLettersDeps;
  readonly securityEvents: SecurityEvents;
  readonly sealedLog: VerifyAuditDeps["sealedLog"];
  /** In development mode only. */
  readonly mailbox?: ReadMailboxDeps;
  readonly jwks: RequestHandler;
  readonly health: RequestHandler;
  readonly openApi: RequestHandler;
}

/** Done for a request that only counts, and passed over by one that changes something. */
const when =
  (only: (request: Request) => boolean, step: RequestHandler): RequestHandler =>
  (request, response, next) =>
    only(request) ? step(request, response, next) : next();

/** Whether a route's contract asks which device the request comes from. */
const takesDevice = (route: Route): boolean => route.optionalHeaders?.["X-Device-Token"] !== undefined;

/** A route of the contract with the steps that serve it, in order. */
export interface ServedRoute {
  readonly route: Route;
  readonly steps: readonly RequestHandler[];
}

/** Every route of the gateway: to read this list is to know what it answers. */
export function servedRoutes(deps: RouteDeps): readonly ServedRoute[] {
  const any = authenticate("any", deps.authenticate);
  const bearer = authenticate("bearer", deps.authenticate);
  const operator = authenticateOperator({ ...deps.authenticate, opsKeys: deps.opsKeys, log: deps.log });
  const ownSite = refuseCrossSite(deps.corsOrigins);
  const leaving = authenticate("bearer", deps.authenticate, { isUse: false });
  const command = (
    route: Route,
    before: readonly RequestHandler[] = [],
    flow: FlowRoute = {},
    inItsPlace: readonly RequestHandler[] = [],
  ): ServedRoute => ({
    route,
    steps: [
      ...before,
      namesOperation(deps.commands),
      ownSite,
      ...(takesDevice(route) ? [showsDevice(deps)] : []),
      ...body(route),
      ...inItsPlace,
      runsFlow(route, deps.commands, freshly(route, flow)),
    ],
  });
  const freshly = (route: Route, flow: FlowRoute): FlowRoute =>
    route.stepUp === true ? { ...flow, mayBegin: asksFreshFactor(deps, flow.stepUpWhen) } : flow;
  const body = (route: Route, limitBytes?: number): readonly RequestHandler[] =>
    route.body === undefined ? [] : [jsonBody(limitBytes)];
  const read = (route: Route, ...steps: RequestHandler[]): ServedRoute => ({ route, steps });
  const adminRead = (route: Route, ...steps: RequestHandler[]): ServedRoute =>
    read(route, operator, recordsAction(route.id, deps.operatorActions), ...steps);
  /** A kind that there is not is told whatever the body may be. */
  const itemCommand = (route: Route, flow: FlowRoute): ServedRoute => ({
    route,
    steps: [
      any,
      namesOperation(deps.commands),
      ownSite,
      refuseUnknownKind(deps.data.kinds),
      ...body(route, ITEM_BODY_BYTES),
      runsFlow(route, deps.commands, flow),
    ],
  });
  const reading = { ...deps.andon, stillOperates: (response: Response) => stillOperates(deps.authenticate, response) };
  const dryRun = [
    recordsAction(`${routes.revokeSessions.id}?dryRun=true`, deps.operatorActions),
    previewRevocation(deps.andon),
  ].map((step) => when(isDryRun(routes.revokeSessions), step));
  return [
    command(routes.createAnonymousSession),
    command(routes.requestMagicLink, [], requestsChallenge("magic_link", deps.challenges)),
    read(routes.readMagicLink, readMagicLink(deps.challenges)),
    command(routes.verifyMagicLink, [], answersByLink("sign_in", deps.challenges)),
    command(routes.requestEmailCode, [], requestsChallenge("email_otp", deps.challenges)),
    command(routes.verifyEmailCode, [], answersByCode(deps.challenges)),
    command(routes.requestPasswordReset, [], requestsChallenge("password_reset", deps.challenges)),
    read(routes.continuePage, continuePage()),
    command(routes.registerPassword, [], registersPassword(deps.challenges)),
    command(routes.signInByPassword, [], signsInByPassword(deps.challenges)),
    command(routes.resetPassword, [], resetsPassword(deps)),
    command(routes.changePassword, [bearer], changesPassword(deps), [accountsOnly]),
    read(routes.readMe, bearer, readMe(deps)),
    command(routes.updateMe, [bearer], updatesMe(deps), [accountsOnly]),
    command(routes.confirmEmailChange, [], confirmsEmailChange(deps)),
    read(routes.readEmailChange, readEmailChange(deps)),
    command(routes.undoEmailChange, [], undoesEmailChange(deps)),
    read(routes.undoEmailPage, undoEmailPage()),
    read(routes.readSession, any, readSession(deps)),
    command(routes.refreshSession, [], refreshes(deps.commands)),
    command(routes.logout, [leaving], logsOut(deps.revocations)),
    read(routes.listSessions, bearer, listSessions(deps)),
    read(routes.readReport, readReport(deps)),
    command(routes.reportSession, [], reportsSession(deps)),
    command(routes.revokeOwnSession, [bearer], endsOwnSession(deps.revocations)),
    command(routes.revokeOwnSessions, [bearer], endsOwnSessions(routes.revokeOwnSessions, deps.revocations)),
    command(routes.revokeOwnTokens, [leaving], endsOwnSessions(routes.revokeOwnTokens, deps.revocations)),
    command(routes.setUpSecondFactor, [bearer], showsQrCode(), [accountsOnly]),
    command(routes.enableSecondFactor, [bearer], ofOwnAccount(), [accountsOnly]),
    command(routes.verifySecondFactor, [], answersSecondFactor(deps)),
    command(routes.stepUp, [bearer], ofOwnSession(), [accountsOnly]),
    command(routes.regenerateBackupCodes, [bearer], ofOwnAccount(), [accountsOnly]),
    command(routes.disableSecondFactor, [bearer], ofOwnAccount(), [accountsOnly]),
    read(routes.reportPage, reportPage()),
    read(routes.readSecurityEvents, bearer, readSecurityEvents(deps)),
    command(routes.mergeVisitor, [bearer], mergesVisitor(deps.merging), [
      accountsOnly,
      when(isDryRun(routes.mergeVisitor), previewMerge(deps.merging)),
    ]),
    read(routes.listItems, any, listItems(deps.data)),
    itemCommand(routes.createItem, createsItem(deps.data.kinds)),
    read(routes.readItem, any, readItem(deps.data)),
    itemCommand(routes.replaceItem, replacesItem(deps.data.kinds)),
    itemCommand(routes.removeItem, removesItem(deps.data.kinds)),
    read(routes.readOperation, readOperation(deps.operations)),
    adminRead(routes.lookupUser, lookupUser(deps)),
    adminRead(routes.findUsers, findUsers(deps)),
    command(routes.setRoles, [operator], setsRoles()),
    command(routes.liftSecondFactor, [operator], liftsSecondFactor()),
    adminRead(routes.listDeadLetters, listDeadLetters(deps.deadLetters)),
    adminRead(routes.showDeadLetters, showDeadLetters(deps.deadLetters)),
    command(routes.redriveDeadLetters, [operator], redrives()),
    adminRead(routes.showOperation, showOperation(deps)),
    adminRead(routes.listKeys, listKeys(deps)),
    command(routes.rotateKeys, [operator], rotatesKeys()),
    command(routes.removeKey, [operator], removesKey()),
    command(routes.revokeSessions, [operator], revokesSessions(deps.andon), dryRun),
    adminRead(routes.listRevocations, listRevocations(deps.andon)),
    adminRead(routes.readRevocation, readRevocation(reading)),
    command(routes.revokeUserTokens, [operator], revokesUserTokens(deps.andon)),
    command(routes.revokeAllTokens, [operator], revokesAllTokens(deps.andon)),
    adminRead(routes.findSecurityEvents, findSecurityEvents(deps)),
    adminRead(routes.verifyAudit, verifyAudit(deps)),
    ...(deps.mailbox === undefined ? [] : [read(routes.readMailbox, readMailbox(deps.mailbox))]),
    read(routes.readJwks, deps.jwks),
    read(routes.readHealth, deps.health),
    read(routes.readReadiness, deps.health),
    read(routes.readMetrics, deps.health),
    read(routes.readOpenApi, deps.openApi),
  ];
}

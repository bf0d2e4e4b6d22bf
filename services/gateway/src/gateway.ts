import { openApiDocument, type RevocationScope } from "@lanyard/contracts";
import { type Clock, envelopes, type Log, outcomes, type Transport } from "@lanyard/messaging";
import { auditMarks, type Derivation, type Sealing } from "@lanyard/secrets";
import { accessTokenVerifier } from "@lanyard/session-manager";
import type { ItemStore } from "@lanyard/storage";
import type { DataKinds } from "@lanyard/user-data";
import type { Express, RequestHandler } from "express";
import { gatewayApp } from "./app.ts";
import { sealedLog } from "./audit/sealed-log.ts";
import type { OpsKeyHash } from "./auth/ops-keys.ts";
import { SessionUse } from "./auth/session-use.ts";
import { mayRedirectTo } from "./challenges/may-redirect-to.ts";
import { AndonCord } from "./cord/andon-cord.ts";
import { takeCordMessage } from "./cord/take-cord-message.ts";
import { ownedItems } from "./data/owned-items.ts";
import { sendProblem } from "./http/problem.ts";
import type { ServedRequest } from "./http/request-context.ts";
import { bindings } from "./idempotency/bindings.ts";
import { Inbox } from "./inbox/inbox.ts";
import { inboxEventTypes, inboxMessages } from "./inbox/inbox-messages.ts";
import { PublishedKeys } from "./keys/published-keys.ts";
import { type LimitSettings, rateLimits } from "./limits/rate-limits.ts";
import type { WindowCounters } from "./limits/window-counters.ts";
import { joinedMerge, mergeProgress } from "./merging/joined-merge.ts";
import { mergeReads } from "./merging/merge-reads.ts";
import { dispatcher } from "./operations/dispatcher.ts";
import { OperatorActions } from "./operators/operator-actions.ts";
import { projections } from "./reads/projections.ts";
import { securityEvents } from "./reads/security-events.ts";
import { bulkRevocations } from "./revocations/bulk-revocations.ts";
import { PullConfirmations } from "./revocations/pull-confirmations.ts";
import { RevocationView } from "./revocations/revocation-view.ts";
import { SessionChecks } from "./revocations/session-checks.ts";
import { servedRoutes } from "./routes.ts";

export interface GatewayParts {
  readonly table: (name: string) => ItemStore;
  readonly transport: Transport;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly clock: Clock;
  /** Milliseconds since the epoch, on the time that all processes share: when a request was received. */
  readonly brokerNow: () => number;
  readonly log: Log;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly newRequestId: () => string;
  readonly version: string;
  readonly issuer: string;
  readonly audience: string;
  readonly visitorIds: boolean;
  readonly deadlineMs: number;
  readonly pollWaitSeconds: number;
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Where requests are counted, and how many are allowed. */
  readonly limits: { readonly counters: WindowCounters; readonly settings: LimitSettings };
  /** What users may own. */
  readonly kinds: DataKinds;
  /** What CloudWatch alarms on the topic of the andon cord pull; default: nothing. */
  readonly alarmScope?: RevocationScope;
  /** Keys of machines that operate this deployment. */
  readonly opsKeys: readonly OpsKeyHash[];
  /** Origins that mailed links may lead to, besides its own. */
  readonly redirectOrigins: readonly string[];
  readonly development: boolean;
  /** Where mails can be read in development mode; default: nowhere. */
  readonly mailboxUrl?: string;
  /** How long e-mail challenges can be answered, as the token worker has it. */
  readonly challengeLifetimes: { readonly linkSeconds: number; readonly codeSeconds: number };
  /** How long a factor that was proven counts as fresh. */
  readonly stepUpSeconds: number;
  /** Told once for each request, when it is answered or given up. */
  readonly observeRequest: (served: ServedRequest) => void;
  /** Answers `/healthz`, `/readyz` and `/metrics` for what `missing` says. */
  readonly health: (missing: () => readonly string[]) => RequestHandler;
}

export interface GatewayCounts {
  /** Requests that wait for the outcome of their operation. */
  readonly waiting: number;
  /** Sessions that are known to be revoked one by one; the newest pull of the andon cord; requests refused by pulls. */
  readonly revocations: { readonly known: number; readonly newestPull: number; readonly refused: number };
  /** Whether messages on the topic of the andon cord wait because a queue is down. */
  readonly isCordPaused: boolean;
  /** Access tokens that needed no key, and those that did, since the start; `size`: how many are remembered. */
  readonly tokenCache: { readonly hits: number; readonly misses: number; readonly size: number };
}

/** A gateway over whatever transport and tables it is given. */
export interface Gateway {
  readonly app: Express;
  /** What is missing before requests can be served; empty: ready. */
  missing(): readonly string[];
  /** Counts for metrics, as they are at this moment. */
  counts(): GatewayCounts;
  /** Reads the keys, then opens the inbox. @throws DependencyUnavailable */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function gateway(parts: GatewayParts): Gateway {
  const { table, transport, derivation, sealing, clock, log } = parts;
  const keys = new PublishedKeys({ tokenTable: table("token"), clock, log });
  const verifier = accessTokenVerifier({ issuer: parts.issuer, audience: parts.audience, keys, now: clock.now });
  const recorded = outcomes(table("operations"));
  const reads = projections({ identity: table("identity"), session: table("session"), token: table("token") });
  const { brokerNow } = parts;
  const confirmations = new PullConfirmations({
    gatewayTable: table("gateway"),
    clock,
    brokerNow,
    log,
    lease: () => inbox.lease,
  });
  const revocations = new RevocationView({
    sessionTable: table("session"),
    clock,
    log,
    onPull: (pull) => confirmations.note(pull),
  });
  const sessionChecks = new SessionChecks({ view: revocations, projections: reads });
  const commands = dispatcher({
    transport,
    outcomes: recorded,
    envelopes: envelopes(derivation),
    derivation,
    sealing,
    clock,
    log,
    inbox: () => inbox.name,
    acknowledgeMs: parts.deadlineMs,
  });
  const inbox = new Inbox({
    transport,
    gatewayTable: table("gateway"),
    clock,
    brokerNow,
    log,
    newName: () => `inbox-${Buffer.from(parts.randomBytes(12)).toString("hex")}`,
    receive: (message) => inboxMessages({ commands, revocations, envelopes: envelopes(derivation) }, message),
    eventTypes: inboxEventTypes,
    waitSeconds: parts.pollWaitSeconds,
  });
  const missing = (): readonly string[] => [
    ...(inbox.name === undefined ? ["inbox"] : []),
    ...(revocations.isStale ? ["revocation view"] : []),
    ...(keys.jwks().keys.length === 0 ? ["signing keys: the token worker has published none yet"] : []),
  ];
  const uses = new SessionUse({ dispatcher: commands, derivation, randomBytes: parts.randomBytes, log });
  const cord = new AndonCord({
    transport,
    clock,
    log,
    take: takeCordMessage({
      dispatcher: commands,
      transport,
      envelopes: envelopes(derivation),
      derivation,
      brokerNow: parts.brokerNow,
      log,
      alarmScope: parts.alarmScope,
    }),
    waitSeconds: parts.pollWaitSeconds,
  });
  const { randomBytes } = parts;
  const operatorActions = new OperatorActions({ dispatcher: commands, derivation, randomBytes, log });
  const who = { verifier, sessionChecks, uses, projections: reads, visitorIds: parts.visitorIds, now: clock.now };
  const merges = mergeReads(table("merge"));
  const joins = joinedMerge({ merges, outcomes: recorded, clock, log });
  let document: ReturnType<typeof openApiDocument> | undefined;
  const app = gatewayApp({
    routes: servedRoutes({
      log,
      now: clock.now,
      authenticate: who,
      corsOrigins: parts.corsOrigins,
      opsKeys: parts.opsKeys,
      commands: {
        dispatcher: commands,
        derivation,
        sealing,
        clock,
        deadlineMs: parts.deadlineMs,
        randomBytes: parts.randomBytes,
        bindings: bindings(table("operations"), derivation),
        rateLimits: rateLimits({ ...parts.limits, now: clock.now }),
        log,
        outcomes: recorded,
        accountOf: async (email) => (await reads.claimOf(email))?.userId,
      },
      derivation,
      brokerNow,
      stepUpSeconds: parts.stepUpSeconds,
      revocations,
      sessionChecks,
      andon: {
        revocations,
        derivation,
        brokerNow,
        log,
        sessionTable: table("session"),
        projections: reads,
        sessionChecks,
        now: clock.now,
        bulkRevocations: bulkRevocations({ session: table("session"), gateway: table("gateway") }),
        clock,
      },
      challenges: {
        challenge: reads.challenge,
        derivation,
        brokerNow: parts.brokerNow,
        challengeLifetimes: parts.challengeLifetimes,
        visitors: who,
        mayRedirectTo: mayRedirectTo({
          origins: parts.redirectOrigins,
          issuer: parts.issuer,
          development: parts.development,
        }),
      },
      data: { kinds: parts.kinds, items: ownedItems(table("merge")) },
      merging: { visitors: who, joins, revocations, log, merges, kinds: parts.kinds },
      operations: {
        outcomes: recorded,
        derivation,
        sealing,
        authenticate: who,
        now: clock.now,
        joins,
        progressOf: mergeProgress({ merges, log }),
      },
      projections: reads,
      operatorActions,
      deadLetters: { transport, envelopes: envelopes(derivation) },
      securityEvents: securityEvents(table("audit"), clock.now),
      sealedLog: sealedLog(table("audit"), auditMarks(derivation)),
      ...(parts.development && { mailbox: parts.mailboxUrl === undefined ? {} : { url: parts.mailboxUrl } }),
      jwks: (_request, response) => {
        const published = keys.jwks();
        // An empty set would be cached, and every token be refused for as long.
        if (published.keys.length === 0) return sendProblem(response, "service_unavailable");
        response
          .set("Cache-Control", "public, max-age=60")
          .type("application/jwk-set+json")
          .send(JSON.stringify(published));
      },
      health: parts.health(missing),
      // Made for the first who asks: it takes longer than everything else that a gateway does before it is ready.
      openApi: (_request, response) =>
        void response.json((document ??= openApiDocument({ version: parts.version, serverUrl: parts.issuer }))),
    }),
    log,
    now: clock.now,
    brokerNow: parts.brokerNow,
    newRequestId: parts.newRequestId,
    observeRequest: parts.observeRequest,
    trustedProxies: parts.trustedProxies,
    corsOrigins: parts.corsOrigins,
  });
  return {
    app,
    missing,
    counts: () => ({
      waiting: commands.waiting(),
      revocations: {
        known: revocations.size,
        newestPull: revocations.pulls.index.newest,
        refused: sessionChecks.refused,
      },
      isCordPaused: cord.isPaused,
      tokenCache: verifier.cacheStats(),
    }),
    async start() {
      await keys.refresh();
      // Subscribe, read, ready: what is revoked in between is in the inbox or in the log.
      await inbox.start();
      await revocations.catchUp();
      keys.start();
      revocations.start();
      cord.start();
    },
    async stop() {
      await Promise.all([
        keys.stop(),
        revocations.stop(),
        uses.stop(),
        operatorActions.stop(),
        cord.stop(),
        confirmations.stop(),
        inbox.stop(),
      ]);
    },
  };
}

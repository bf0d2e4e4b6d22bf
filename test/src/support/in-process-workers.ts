import { randomUUID } from "node:crypto";
import { recordEvent, securityEventStore } from "@lanyard/audit-service";
import {
  deadLetterQueueOf,
  type EventConsumerName,
  type FollowedQueueName,
  flows,
  type WorkerName,
} from "@lanyard/contracts";
import {
  accountStore,
  deadLetters,
  emailUndoStore,
  failedTries,
  handlers as identityHandlers,
  passwordStore,
  secondFactorChallenges,
  secondFactorStore,
  userStore,
} from "@lanyard/identity-service";
import {
  accountNames,
  closedVisitors,
  dataItemStore,
  handlers as mergeHandlers,
  mergeStore,
  slotStore,
} from "@lanyard/merge-service";
import {
  type Clock,
  type EventConsumerOptions,
  envelopes,
  eventConsumer,
  flowRuntime,
  type Handler,
  type Log,
  outcomes,
  type Transport,
  Worker,
} from "@lanyard/messaging";
import {
  accountReader,
  type MailServer,
  mailStore,
  handlers as notificationHandlers,
  sendSecurityMails,
} from "@lanyard/notification-service";
import type { PasswordHashing } from "@lanyard/passwords";
import { auditMarks, type Derivation, type Sealing } from "@lanyard/secrets";
import { workerLoops } from "@lanyard/service";
import {
  bulkRevocationStore,
  deviceStore,
  offlineClientFacts,
  reportStore,
  revocationLog,
  rosterStore,
  sessionEndings,
  handlers as sessionHandlers,
  sessionPulls,
  sessionStore,
  sweptSessions,
} from "@lanyard/session-service";
import type { ItemStore } from "@lanyard/storage";
import {
  addressAttempts,
  challengeStore,
  derivedCodes,
  registrations,
  SigningKeys,
  signingKeyStore,
  handlers as tokenHandlers,
} from "@lanyard/token-service";
import { type DataKinds, kindsOf, SHIPPED_KINDS } from "@lanyard/user-data";
import { cheapHashing } from "./cheap-hashing.ts";

export interface WorkerPorts {
  readonly transport: Transport;
  readonly table: (name: string) => ItemStore;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly clock: Clock;
  /** Milliseconds since the epoch, on the time that all processes share; default: the clock's. */
  readonly brokerNow?: () => number;
  readonly log: Log;
  readonly issuer: string;
  readonly audience: string;
  /** Where mails go. */
  readonly mailServer: MailServer;
  /** What users may own; default: what is shipped. */
  readonly kinds?: DataKinds;
  /** How passwords are hashed; default: at no cost. */
  readonly hashing?: PasswordHashing;
}

type ConsumerPorts = Pick<WorkerPorts, "transport" | "table" | "derivation" | "clock" | "log">;

export interface InProcessWorker {
  stop(): Promise<void>;
}

const DAY_SECONDS = 24 * 3600;

/** Where the addresses are that tests sign in from. */
export const countries: Readonly<Record<string, string>> = {
  "198.51.100.1": "DE",
  "198.51.100.2": "FR",
  "2001:db8::1": "SE",
};

/** As services have them by default. */
export const shippedKinds = kindsOf(SHIPPED_KINDS);
export const challengeLifetimes = { linkSeconds: 3600, codeSeconds: 600 };

/** Starts a worker as its service would: the real handlers, over whatever ports it is given. */
export async function startWorker(name: WorkerName, ports: WorkerPorts): Promise<InProcessWorker> {
  const { transport, table, derivation, sealing, clock, log } = ports;
  const signingKeys = new SigningKeys({
    store: signingKeyStore(table("token")),
    sealing,
    clock,
    log,
    policy: { rotateEverySeconds: 30 * DAY_SECONDS, publishAheadSeconds: 3600 },
  });
  if (name === "token") {
    await signingKeys.refresh();
    signingKeys.start();
  }
  const pulls = sessionPulls(table("session"));
  const items = dataItemStore(table("merge"));
  const mailing = {
    mails: mailStore(table("notification")),
    server: ports.mailServer,
    from: { name: "Lanyard", address: "no-reply@lanyard.example.com" },
    newAttemptId: randomUUID,
    brokerNow: ports.brokerNow ?? clock.now,
  };
  const handlers: Record<WorkerName, readonly Handler[]> = {
    identity: identityHandlers({
      users: userStore(table("identity")),
      accounts: accountStore(table("identity")),
      emailUndos: emailUndoStore(table("identity")),
      passwords: passwordStore(table("identity")),
      failedTries: failedTries(table("identity"), derivation),
      secondFactors: secondFactorStore(table("identity"), sealing),
      secondFactorChallenges: secondFactorChallenges(table("identity")),
      totpIssuer: "Lanyard",
      hashing: ports.hashing ?? cheapHashing(derivation),
      derivation,
      deadLetters: deadLetters({ transport, derivation }),
      now: () => new Date(clock.now()).toISOString(),
      brokerNow: ports.brokerNow ?? clock.now,
    }),
    session: sessionHandlers({
      sessions: sessionStore(table("session"), pulls),
      pulls,
      bulkRevocations: bulkRevocationStore(table("session")),
      sweptSessions: sweptSessions(table("session")),
      clientFacts: offlineClientFacts({ countryOf: (ip) => countries[ip] }),
      endings: sessionEndings(table("session"), pulls),
      devices: deviceStore(table("session")),
      reports: reportStore(table("session")),
      revocations: revocationLog(table("session")),
      rosters: rosterStore(table("session")),
      sessionLimit: 10,
      lifetimes: {
        anonymousIdleSeconds: 30 * DAY_SECONDS,
        accountIdleSeconds: 30 * DAY_SECONDS,
        accountMaxSeconds: 90 * DAY_SECONDS,
      },
      now: clock.now,
      brokerNow: ports.brokerNow ?? clock.now,
    }),
    token: tokenHandlers({
      ...ports,
      signingKeys,
      accessTokenSeconds: 600,
      now: clock.now,
      brokerNow: ports.brokerNow ?? clock.now,
      challenges: challengeStore(table("token")),
      addressAttempts: addressAttempts(table("token"), derivation),
      registrations: registrations(table("token"), derivation),
      emailCodes: derivedCodes(derivation),
      continueUrl: `${ports.issuer}/auth/continue`,
      challengeLifetimes,
    }),
    merge: mergeHandlers({
      items,
      slots: slotStore(table("merge")),
      closedVisitors: closedVisitors(table("merge")),
      merges: mergeStore(table("merge")),
      accountNames: accountNames(items),
      kinds: ports.kinds ?? shippedKinds,
      brokerNow: ports.brokerNow ?? clock.now,
    }),
    notification: notificationHandlers(mailing),
  };
  const handle = flowRuntime({
    flows: flows.allFlows,
    handlers: handlers[name],
    transport,
    outcomes: outcomes(table("operations")),
    envelopes: envelopes(derivation),
    derivation,
    sealing,
    clock,
    log,
  });
  const probe = (): Promise<void> => table("operations").probe();
  const loops = workerLoops(name).map((loop) => new Worker({ ...loop, transport, clock, log, probe, handle }));
  if (name === "notification")
    loops.push(
      followsEvents(
        "security-mails",
        sendSecurityMails({
          ...mailing,
          ...{ derivation, transport, envelopes: envelopes(derivation) },
          ...accountReader(table("identity")),
          notMeUrl: `${ports.issuer}/auth/not-me`,
          undoEmailUrl: `${ports.issuer}/auth/undo-email-change`,
        }),
        ports,
      ),
    );
  for (const loop of loops) loop.start();
  return {
    async stop() {
      await Promise.all([...loops, signingKeys].map((part) => part.stop()));
    },
  };
}

/** The loop of a queue of events that a worker follows beside its commands. */
const followsEvents = (
  queue: FollowedQueueName,
  hear: EventConsumerOptions["hear"],
  { transport, table, derivation, clock, log }: ConsumerPorts,
): Worker =>
  new Worker({
    queue,
    deadLetterQueue: deadLetterQueueOf(queue),
    transport,
    clock,
    log,
    probe: () => table("operations").probe(),
    handle: eventConsumer({ envelopes: envelopes(derivation), hear, clock, log }),
  });

/** Starts a worker that follows events, likewise. */
export async function startEventConsumer(name: EventConsumerName, ports: ConsumerPorts): Promise<InProcessWorker> {
  const { transport, table, derivation, clock, log } = ports;
  const worker = new Worker({
    queue: name,
    deadLetterQueue: `${name}-dlq`,
    transport,
    clock,
    log,
    probe: () => table(name).probe(),
    handle: eventConsumer({
      envelopes: envelopes(derivation),
      hear: recordEvent(securityEventStore(table(name), { marks: auditMarks(derivation), now: clock.now })),
      clock,
      log,
    }),
  });
  worker.start();
  return worker;
}

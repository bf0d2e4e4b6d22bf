import { recordEvent, securityEventStore } from "@lanyard/audit-service";
import { type EventConsumerName, flows, type WorkerName } from "@lanyard/contracts";
import { accountStore, deadLetters, handlers as identityHandlers, userStore } from "@lanyard/identity-service";
import {
  accountNames,
  closedVisitors,
  dataItemStore,
  handlers as mergeHandlers,
  mergeStore,
  slotStore,
} from "@lanyard/merge-service";
import {
  type Disposition,
  envelopes,
  eventConsumer,
  flowRuntime,
  type Handler,
  outcomes,
  type ReceivedMessage,
  silentLog,
} from "@lanyard/messaging";
import { mailStore, handlers as notificationHandlers } from "@lanyard/notification-service";
import {
  bulkRevocationStore,
  endVisitor,
  offlineClientFacts,
  openSession,
  revocationLog,
  revokeInBulk,
  revokeSession,
  rosterStore,
  rotateSession,
  sessionEndings,
  sessionPulls,
  sessionStore,
  sweepRevoked,
  sweptSessions,
  touchSession,
} from "@lanyard/session-service";
import type { ItemStore } from "@lanyard/storage";
import { addressAttempts, challengeStore, derivedCodes, handlers as tokenHandlers } from "@lanyard/token-service";
import { mailServerOf } from "./mail-server.ts";
import { skewedClock } from "./scheduler.ts";
import type { Process, World } from "./world.ts";

const DAY_SECONDS = 24 * 3600;
const lifetimes = {
  anonymousIdleSeconds: 30 * DAY_SECONDS,
  accountIdleSeconds: 30 * DAY_SECONDS,
  accountMaxSeconds: 90 * DAY_SECONDS,
};

/** A worker without its loops: what it makes of a message, with the real handlers on simulated ports. */
export interface WorkerProcess {
  readonly process: Process;
  readonly handle: (message: ReceivedMessage) => Promise<Disposition>;
}

/** What all processes of a kind have in common. */
interface Ports {
  readonly world: World;
  readonly process: Process;
  readonly clock: ReturnType<typeof skewedClock>;
  readonly brokerNow: () => number;
  readonly table: (name: string) => ItemStore;
}

/** Starts the nth copy of a worker. */
export function startWorker(world: World, name: WorkerName, index: number): WorkerProcess {
  const ports = portsOf(world, `${name}-${index}`);
  const { process, clock, table } = ports;
  const { mutant } = world;
  const derivation = mutant?.derivation?.(world.derivation, world) ?? world.derivation;
  const recorded = outcomes(table("operations"));
  const handle = flowRuntime({
    flows: flows.allFlows,
    handlers: handlersOf(name, ports).map((handler) => mutant?.handler?.(handler, world) ?? handler),
    transport: world.transport(process),
    outcomes: mutant?.outcomes?.(recorded, world) ?? recorded,
    envelopes: envelopes(derivation),
    derivation,
    sealing: world.sealing,
    clock: mutant?.runtimeClock?.(clock) ?? clock,
    log: silentLog,
  });
  return { process, handle: mutant?.handle?.(handle, { world, process, queue: name }) ?? handle };
}

/** Starts the nth copy of whoever follows events. */
export function startEventConsumer(world: World, name: EventConsumerName, index: number): WorkerProcess {
  const { process, clock, table } = portsOf(world, `${name}-${index}`);
  const handle = eventConsumer({
    envelopes: envelopes(world.derivation),
    hear: recordEvent(securityEventStore(table(name))),
    clock,
    log: silentLog,
  });
  return { process, handle: world.mutant?.handle?.(handle, { world, process, queue: name }) ?? handle };
}

function portsOf(world: World, processName: string): Ports {
  const process = world.process(processName);
  const clock = skewedClock(world.time, process.skewMs);
  // Dates have whole seconds: what a process knows of the common time is up to one too late.
  const lagMs = world.random.between(0, 1000);
  const brokerNow = (): number => world.time.now() - lagMs;
  return { world, process, clock, brokerNow, table: (of) => world.table(process, of) };
}

function handlersOf(name: WorkerName, ports: Ports): readonly Handler[] {
  const { world, process, clock, brokerNow, table } = ports;
  const { mutant } = world;
  const secrets = mutant?.secrets?.(world.derivation, world) ?? world.derivation;
  const now = clock.now;
  switch (name) {
    case "identity": {
      const accounts = accountStore(table("identity"));
      return identityHandlers({
        users: userStore(table("identity")),
        accounts: mutant?.accounts?.(accounts, table("identity")) ?? accounts,
        deadLetters: deadLetters({
          transport: world.transport(process),
          derivation: mutant?.derivation?.(world.derivation, world) ?? world.derivation,
        }),
        now: () => new Date(now()).toISOString(),
      });
    }
    case "session":
      return sessionHandlers(ports);
    case "token":
      return tokenHandlers({
        signingKeys: { ...world.signing, rotate: noOperator, remove: noOperator, replace: noOperator },
        derivation: secrets,
        issuer: "https://lanyard.example.com",
        audience: "lanyard",
        accessTokenSeconds: 600,
        now,
        brokerNow,
        challenges: challengeStore(table("token")),
        addressAttempts: addressAttempts(table("token"), world.derivation),
        emailCodes: world.notingCodes(derivedCodes(secrets)),
        continueUrl: "https://lanyard.example.com/auth/continue",
        challengeLifetimes: { linkSeconds: 3600, codeSeconds: 600 },
      });
    case "merge":
      return mergeHandlersOf(ports);
    case "notification":
      return notificationHandlers({
        mails: mailStore(table("notification")),
        server: mailServerOf(world, process),
        from: { name: "Lanyard", address: "no-reply@lanyard.example.com" },
        newAttemptId: world.nextAttemptId,
        brokerNow,
        ...(mutant?.decideSending === undefined ? {} : { decide: mutant.decideSending }),
      });
  }
}

function mergeHandlersOf({ world, brokerNow, table }: Ports): readonly Handler[] {
  const { mutant, kinds } = world;
  const mergeTable = table("merge");
  const stored = dataItemStore(mergeTable);
  const items = mutant?.dataItems?.(stored, world) ?? stored;
  const slots = slotStore(mergeTable);
  const closed = closedVisitors(mergeTable);
  return mergeHandlers({
    items,
    slots: mutant?.slots?.(slots, { mergeTable, world }) ?? slots,
    closedVisitors: mutant?.closedVisitors?.(closed, world) ?? closed,
    merges: mergeStore(mergeTable),
    accountNames: accountNames(items),
    kinds,
    brokerNow,
  });
}

function sessionHandlers({ world, clock, brokerNow, table }: Ports): readonly Handler[] {
  const { mutant, sessionLimit } = world;
  const items = table("session");
  const known = sessionPulls(items);
  const pulls = mutant?.pulls?.(known) ?? known;
  const sessions = sessionStore(items, pulls);
  const revocations = revocationLog(items);
  const bulk = bulkRevocationStore(items);
  const swept = sweptSessions(items);
  const at = { sessionTable: items, world };
  const deps = {
    sessions,
    pulls,
    bulkRevocations: mutant?.bulkRevocations?.(bulk, at) ?? bulk,
    sweptSessions: mutant?.sweptSessions?.(swept, at) ?? swept,
    revocations,
    rosters: rosterStore(items),
    sessionLimit,
    lifetimes: mutant?.lifetimes?.(lifetimes) ?? lifetimes,
    now: clock.now,
    brokerNow,
    clientFacts: offlineClientFacts({ countryOf: () => undefined }),
    ...(mutant?.decideRotation === undefined ? {} : { decide: mutant.decideRotation }),
  };
  return [
    openSession({
      ...deps,
      sessions: mutant?.rosterSessions?.(sessions, at) ?? sessions,
      revocations: mutant?.rosterRevocations?.(revocations) ?? revocations,
    }),
    rotateSession(deps),
    revokeSession(deps),
    touchSession({ ...deps, sessions: mutant?.touchedSessions?.(sessions) ?? sessions }),
    revokeInBulk(deps),
    sweepRevoked(deps),
    endVisitor({ ...deps, endings: sessionEndings(items, pulls) }),
  ];
}

/** Keys stay as they are while the world runs. */
const noOperator = (): Promise<never> => Promise.reject(new Error("nobody operates on keys here"));

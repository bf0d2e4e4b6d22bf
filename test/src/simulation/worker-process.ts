import { recordEvent, securityEventStore } from "@lanyard/audit-service";
import { type EventConsumerName, flows, type WorkerName } from "@lanyard/contracts";
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
import { auditMarks } from "@lanyard/secrets";
import type { ItemStore } from "@lanyard/storage";
import {
  addressAttempts,
  challengeStore,
  derivedCodes,
  registrations,
  handlers as tokenHandlers,
} from "@lanyard/token-service";
import { mailServerOf } from "./mail-server.ts";
import { skewedClock } from "./scheduler.ts";
import { sealingOf } from "./sealing.ts";
import { type Mailing, mailsOfEvents } from "./security-mails-process.ts";
import { sessionHandlers } from "./session-handlers.ts";
import type { Process, World } from "./world.ts";

/** What one loop makes of a message. */
export type Handle = (message: ReceivedMessage) => Promise<Disposition>;

/** A worker without its loops: what it makes of the messages of each queue, with the real handlers on simulated ports. */
export interface WorkerProcess {
  readonly process: Process;
  readonly handleOf: (queue: string) => Handle;
  /** What an audit worker does beside its loop. */
  readonly seal?: () => Promise<void>;
}

/** What all processes of a kind have in common. */
export interface WorkerPorts {
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
  const mails = name === "notification" ? mailsOfEvents(ports, mailingOf(ports)) : undefined;
  return {
    process,
    handleOf: (queue) => {
      const real = queue === "security-mails" ? (mails ?? handle) : handle;
      return mutant?.handle?.(real, { world, process, queue }) ?? real;
    },
  };
}

/** Starts the nth copy of whoever follows events. */
export function startEventConsumer(world: World, name: EventConsumerName, index: number): WorkerProcess {
  const ports = portsOf(world, `${name}-${index}`);
  const { process, clock, table } = ports;
  const handle = eventConsumer({
    envelopes: envelopes(world.derivation),
    hear: recordEvent(securityEventStore(table(name), { marks: auditMarks(world.derivation), now: clock.now })),
    clock,
    log: silentLog,
  });
  return {
    process,
    handleOf: (queue) => world.mutant?.handle?.(handle, { world, process, queue }) ?? handle,
    seal: sealingOf(ports),
  };
}

function portsOf(world: World, processName: string): WorkerPorts {
  const process = world.process(processName);
  const clock = skewedClock(world.time, process.skewMs);
  // Dates have whole seconds: what a process knows of the common time is up to one too late.
  const lagMs = world.random.between(0, 1000);
  const brokerNow = (): number => world.time.now() - lagMs;
  return { world, process, clock, brokerNow, table: (of) => world.table(process, of) };
}

function handlersOf(name: WorkerName, ports: WorkerPorts): readonly Handler[] {
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
        emailUndos: emailUndoStore(table("identity")),
        passwords: passwordStore(table("identity")),
        failedTries: failedTries(table("identity"), world.derivation),
        secondFactors: secondFactorStore(table("identity"), world.sealing),
        secondFactorChallenges: secondFactorChallenges(table("identity")),
        totpIssuer: "Lanyard",
        hashing: world.hashing,
        derivation: world.derivation,
        deadLetters: deadLetters({
          transport: world.transport(process),
          derivation: mutant?.derivation?.(world.derivation, world) ?? world.derivation,
        }),
        now: () => new Date(now()).toISOString(),
        brokerNow,
      });
    }
    case "session":
      return sessionHandlers(ports);
    case "token":
      return tokenHandlers({
        signingKeys: { ...world.signing, rotate: noOperator, remove: noOperator, replace: noOperator },
        derivation: secrets,
        sealing: world.sealing,
        issuer: "https://lanyard.example.com",
        audience: "lanyard",
        accessTokenSeconds: 600,
        now,
        brokerNow,
        challenges: challengeStore(table("token")),
        addressAttempts: addressAttempts(table("token"), world.derivation),
        registrations: registrations(table("token"), world.derivation),
        emailCodes: world.notingCodes(derivedCodes(secrets)),
        continueUrl: "https://lanyard.example.com/auth/continue",
        challengeLifetimes: { linkSeconds: 3600, codeSeconds: 600 },
      });
    case "merge":
      return mergeHandlersOf(ports);
    case "notification":
      return notificationHandlers(mailingOf(ports));
  }
}

const mailingOf = ({ world, process, brokerNow, table }: WorkerPorts): Mailing => ({
  mails: mailStore(table("notification")),
  server: mailServerOf(world, process),
  from: { name: "Lanyard", address: "no-reply@lanyard.example.com" },
  newAttemptId: world.nextAttemptId,
  brokerNow,
  ...(world.mutant?.decideSending === undefined ? {} : { decide: world.mutant.decideSending }),
});

function mergeHandlersOf({ world, brokerNow, table }: WorkerPorts): readonly Handler[] {
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

/** Keys stay as they are while the world runs. */
const noOperator = (): Promise<never> => Promise.reject(new Error("nobody operates on keys here"));

import { flows, type WorkerName, workers } from "@lanyard/contracts";

import { accountStore, deadLetters, handlers as identityHandlers, userStore } from "@lanyard/identity-service";
import {
  type Disposition,
  envelopes,
  flowRuntime,
  type Handler,
  outcomes,
  type ReceivedMessage,
  settle,
  silentLog,
} from "@lanyard/messaging";
import { mailStore, handlers as notificationHandlers } from "@lanyard/notification-service";
import {
  offlineClientFacts,
  openSession,
  revocationLog,
  revokeSession,
  rotateSession,
  sessionStore,
  touchSession,
} from "@lanyard/session-service";
import { addressAttempts, challengeStore, derivedCodes, handlers as tokenHandlers } from "@lanyard/token-service";
import { GatewayProcess } from "./gateway-process.ts";
import { skewedClock } from "./scheduler.ts";
import type { Process, World } from "./world.ts";

const COPIES = 2;
const VISIBILITY_SECONDS = 30;
const BETWEEN_POLLS_MS = 100;
const DAY_SECONDS = 24 * 3600;
const lifetimes = {
  anonymousIdleSeconds: 30 * DAY_SECONDS,
  accountIdleSeconds: 30 * DAY_SECONDS,
  accountMaxSeconds: 90 * DAY_SECONDS,
};

/** Every process there is: two of each worker, two gateways, each started again some time after it was stopped. */
export class Fleet {
  readonly gateways: GatewayProcess[] = [];
  readonly #world: World;
  readonly #workers = new Map<
    WorkerName,
    { process: Process; handle: (message: ReceivedMessage) => Promise<Disposition> }[]
  >();

  constructor(world: World) {
    this.#world = world;
    for (const name of workers) {
      this.#workers.set(
        name,
        Array.from({ length: COPIES }, (_, index) => this.#startWorker(name, index)),
      );
    }
    for (let index = 0; index < COPIES; index += 1) this.gateways.push(new GatewayProcess(world, index));
    world.onMessage = (queue) => this.#deliver(queue);
    world.onCrash = (process) => this.#restart(process);
  }

  /** Lets every gateway follow the revocation log for as long as somebody may ask. */
  activeUntil(at: number): void {
    for (const gateway of this.gateways) gateway.followUntil(at);
  }

  #startWorker(name: WorkerName, index: number) {
    const world = this.#world;
    const process = world.process(`${name}-${index}`);
    const clock = skewedClock(world.time, process.skewMs);
    // Dates have whole seconds: what a process knows of the common time is up to one too late.
    const lagMs = world.random.between(0, 1000);
    const { mutant } = world;
    const table = (of: string) => world.table(process, of);
    const sessions = sessionStore(table("session"));
    const accounts = accountStore(table("identity"));
    const secrets = mutant?.secrets?.(world.derivation, world) ?? world.derivation;
    const deps = {
      sessions,
      revocations: revocationLog(table("session")),
      lifetimes: mutant?.lifetimes?.(lifetimes) ?? lifetimes,
      now: clock.now,
      brokerNow: () => world.time.now() - lagMs,
      clientFacts: offlineClientFacts({ countryOf: () => undefined }),
      ...(mutant?.decideRotation === undefined ? {} : { decide: mutant.decideRotation }),
    };
    const touched = { ...deps, sessions: mutant?.touchedSessions?.(sessions) ?? sessions };
    const derivation = mutant?.derivation?.(world.derivation, world) ?? world.derivation;
    const handlers: Record<WorkerName, readonly Handler[]> = {
      identity: identityHandlers({
        users: userStore(table("identity")),
        accounts: mutant?.accounts?.(accounts, table("identity")) ?? accounts,
        deadLetters: deadLetters({ transport: world.transport(process), derivation }),
        now: () => new Date(clock.now()).toISOString(),
      }),
      session: [openSession(deps), rotateSession(deps), revokeSession(deps), touchSession(touched)],
      token: tokenHandlers({
        signingKeys: { ...world.signing, rotate: noOperator, remove: noOperator },
        derivation: secrets,
        issuer: "https://lanyard.example.com",
        audience: "lanyard",
        accessTokenSeconds: 600,
        now: clock.now,
        brokerNow: deps.brokerNow,
        challenges: challengeStore(table("token")),
        addressAttempts: addressAttempts(table("token"), world.derivation),
        emailCodes: world.notingCodes(derivedCodes(secrets)),
        continueUrl: "https://lanyard.example.com/auth/continue",
        challengeLifetimes: { linkSeconds: 3600, codeSeconds: 600 },
      }),
      notification: notificationHandlers({
        mails: mailStore(table("notification")),
        server: world.mailServer(process),
        from: { name: "Lanyard", address: "no-reply@lanyard.example.com" },
        newAttemptId: world.nextAttemptId,
        brokerNow: deps.brokerNow,
        ...(mutant?.decideSending === undefined ? {} : { decide: mutant.decideSending }),
      }),
    };
    const recorded = outcomes(table("operations"));
    const handle = flowRuntime({
      flows: flows.allFlows,
      handlers: handlers[name].map((handler) => mutant?.handler?.(handler, world) ?? handler),
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

  #restart(process: Process): void {
    const { time, random, calm } = this.#world;
    time.after(calm ? 1 : random.between(200, 20_000), () => {
      const [kind = "", index = "0"] = process.name.split("-");
      if (kind === "gateway")
        this.gateways[Number(index)] =
          this.gateways[Number(index)]?.replacement() ?? new GatewayProcess(this.#world, Number(index));
      else {
        const copies = this.#workers.get(kind as WorkerName);
        if (copies !== undefined) copies[Number(index)] = this.#startWorker(kind as WorkerName, Number(index));
        // It polls as the one before did: whatever is there is found, a few at a time.
        this.#world.broker
          .held(kind)
          .forEach((_, index) => time.after(index * BETWEEN_POLLS_MS, () => this.#deliver(kind)));
      }
    });
  }

  #deliver(queue: string): void {
    if (queue === "inboxes") for (const gateway of this.gateways) gateway.deliver();
    else if (queue.startsWith("inbox")) this.gateways.find((gateway) => gateway.inbox === queue)?.deliver();
    else void this.#work(queue as WorkerName);
  }

  async #work(queue: WorkerName): Promise<void> {
    const world = this.#world;
    const alive = (this.#workers.get(queue) ?? []).filter(({ process }) => !process.dead);
    // Whichever is started next finds what is there.
    if (alive.length === 0) return;
    const { process, handle } = world.random.pick(alive);
    const transport = world.transport(process);
    const clock = skewedClock(world.time, process.skewMs);
    try {
      const [message] = await transport.receive(queue, {
        max: 1,
        waitSeconds: 0,
        visibilitySeconds: VISIBILITY_SECONDS,
      });
      if (message === undefined) return;
      const disposition = await handle(message);
      // Held: it comes back when its visibility timeout is over.
      if (disposition.kind === "hold") return;
      await settle(message, disposition, { queue, deadLetterQueue: `${queue}-dlq`, transport, clock, log: silentLog });
    } catch {
      // A call that failed: the message comes back, and this process goes on polling.
      world.time.after(1000, () => this.#deliver(queue));
    }
  }
}

/** Keys stay as they are while the world runs. */
const noOperator = (): Promise<never> => Promise.reject(new Error("nobody operates on keys here"));

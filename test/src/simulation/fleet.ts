import { flows, type WorkerName, workers } from "@lanyard/contracts";

import { handlers as identityHandlers, userStore } from "@lanyard/identity-service";
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
import { openSession, revocationLog, revokeSession, rotateSession, sessionStore } from "@lanyard/session-service";
import { handlers as tokenHandlers } from "@lanyard/token-service";
import { GatewayProcess } from "./gateway-process.ts";
import { skewedClock } from "./scheduler.ts";
import type { Process, World } from "./world.ts";

const COPIES = 2;
const VISIBILITY_SECONDS = 30;
const lifetimes = { anonymousIdleSeconds: 30 * 24 * 3600 };

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
    const table = (of: string) => world.table(process, of);
    const deps = {
      sessions: sessionStore(table("session")),
      revocations: revocationLog(table("session")),
      lifetimes,
      now: clock.now,
      brokerNow: () => world.time.now() - lagMs,
      ...(world.mutant?.decideRotation === undefined ? {} : { decide: world.mutant.decideRotation }),
    };
    const derivation = world.mutant?.derivation?.(world.derivation, world) ?? world.derivation;
    const handlers: Record<WorkerName, readonly Handler[]> = {
      identity: identityHandlers({
        users: userStore(table("identity")),
        now: () => new Date(clock.now()).toISOString(),
      }),
      session: [openSession(deps), rotateSession(deps), revokeSession(deps)],
      token: tokenHandlers({
        signingKeys: world.signing,
        derivation: world.derivation,
        issuer: "https://lanyard.example.com",
        audience: "lanyard",
        accessTokenSeconds: 600,
        now: clock.now,
      }),
    };
    const recorded = outcomes(table("operations"));
    const handle = flowRuntime({
      flows: flows.allFlows,
      handlers: handlers[name],
      transport: world.transport(process),
      outcomes: world.mutant?.outcomes?.(recorded, world) ?? recorded,
      envelopes: envelopes(derivation),
      derivation,
      sealing: world.sealing,
      clock: world.mutant?.runtimeClock?.(clock) ?? clock,
      log: silentLog,
    });
    return { process, handle: world.mutant?.handle?.(handle, { world, process, queue: name }) ?? handle };
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
        // It polls as the one before did: whatever is there is found.
        for (const _ of this.#world.broker.held(kind)) this.#deliver(kind);
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
    if (alive.length === 0) return world.time.after(1000, () => this.#deliver(queue));
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

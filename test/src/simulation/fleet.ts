import {
  bulkQueuesOf,
  type EventConsumerName,
  eventConsumers,
  followedQueueNames,
  followedQueues,
  type WorkerName,
  workers,
} from "@lanyard/contracts";
import { settle, silentLog } from "@lanyard/messaging";
import { GatewayProcess } from "./gateway-process.ts";
import { noteOpening, noteSweepRun } from "./noted-runs.ts";
import { skewedClock } from "./scheduler.ts";
import { sealAt, sealingTimes } from "./sealing.ts";
import { startEventConsumer, startWorker, type WorkerProcess } from "./worker-process.ts";
import type { Process, World } from "./world.ts";

const COPIES = 2;
const VISIBILITY_SECONDS = 30;
const BETWEEN_POLLS_MS = 100;

type ServiceName = WorkerName | EventConsumerName;

/** Every process there is: two of each worker, two gateways, each started again some time after it was stopped. */
export class Fleet {
  readonly gateways: GatewayProcess[] = [];
  readonly #world: World;
  readonly #workers = new Map<ServiceName, WorkerProcess[]>();

  constructor(world: World) {
    this.#world = world;
    const needed = workers.filter((name) => name !== "merge" || world.isMerging);
    for (const name of [...needed, ...(world.isAudited ? eventConsumers : [])]) {
      this.#workers.set(
        name,
        Array.from({ length: COPIES }, (_, index) => this.#start(name, index)),
      );
    }
    for (let index = 0; index < COPIES; index += 1) this.gateways.push(new GatewayProcess(world, index));
    if (world.isAudited) this.#seal();
    world.onMessage = (queue) => this.#deliver(queue);
    world.onCrash = (process) => this.#restart(process);
  }

  /** Lets every gateway follow the revocation log for as long as somebody may ask. */
  activeUntil(at: number): void {
    for (const gateway of this.gateways) gateway.followUntil(at);
  }

  #seal(): void {
    for (const at of sealingTimes(this.#world)) {
      for (let index = 0; index < COPIES; index += 1)
        sealAt(this.#world, at, async () => this.#workers.get("audit")?.[index]?.seal?.());
    }
  }

  #start(name: ServiceName, index: number): WorkerProcess {
    return isEventConsumer(name) ? startEventConsumer(this.#world, name, index) : startWorker(this.#world, name, index);
  }

  #restart(process: Process): void {
    const { time, random, calm } = this.#world;
    time.after(calm ? 1 : random.between(200, 20_000), () => {
      const [kind = "", index = "0"] = process.name.split("-");
      if (kind === "gateway")
        this.gateways[Number(index)] =
          this.gateways[Number(index)]?.replacement() ?? new GatewayProcess(this.#world, Number(index));
      else {
        const name = kind as ServiceName;
        const copies = this.#workers.get(name);
        if (copies !== undefined) copies[Number(index)] = this.#start(name, Number(index));
        // It polls as the one before did: whatever is there is found, a few at a time.
        for (const queue of queuesOf(name)) {
          this.#world.broker
            .held(queue)
            .forEach((_, index) => time.after(index * BETWEEN_POLLS_MS, () => this.#deliver(queue)));
        }
      }
    });
  }

  #deliver(queue: string): void {
    if (queue === "inboxes") for (const gateway of this.gateways) gateway.deliver();
    else if (queue.startsWith("inbox")) this.gateways.find((gateway) => gateway.inbox === queue)?.deliver();
    else void this.#work(queue);
  }

  async #work(queue: string): Promise<void> {
    const world = this.#world;
    const service = serviceOf.get(queue);
    const copies = (service === undefined ? undefined : this.#workers.get(service)) ?? [];
    const alive = copies.filter(({ process }) => !process.dead);
    // Whichever is started next finds what is there.
    if (alive.length === 0) return;
    const { process, handleOf } = world.random.pick(alive);
    const transport = world.transport(process);
    const clock = skewedClock(world.time, process.skewMs);
    try {
      const [message] = await transport.receive(queue, {
        max: 1,
        waitSeconds: 0,
        visibilitySeconds: VISIBILITY_SECONDS,
      });
      if (message === undefined) return;
      const sweep = queue === "session-bulk" ? await noteSweepRun(world, process, message) : undefined;
      noteOpening(world, message);
      const disposition = await handleOf(queue)(message);
      if (sweep !== undefined) sweep.endedAt = world.time.now();
      // Held: it comes back when its visibility timeout is over.
      if (disposition.kind === "hold") return;
      await settle(message, disposition, { queue, deadLetterQueue: `${queue}-dlq`, transport, clock, log: silentLog });
    } catch {
      // A call that failed: the message comes back, and this process goes on polling.
      world.time.after(1000, () => this.#deliver(queue));
    }
  }
}

/** The queues that a service takes messages from. */
const queuesOf = (name: ServiceName): readonly string[] =>
  isEventConsumer(name)
    ? [name]
    : [name, ...bulkQueuesOf(name), ...followedQueueNames.filter((queue) => followedQueues[queue].worker === name)];

const isEventConsumer = (name: ServiceName): name is EventConsumerName =>
  (eventConsumers as readonly ServiceName[]).includes(name);

const serviceOf: ReadonlyMap<string, ServiceName> = new Map(
  [...workers, ...eventConsumers].flatMap((name) => queuesOf(name).map((queue) => [queue, name] as const)),
);

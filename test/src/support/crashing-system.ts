import { createHash } from "node:crypto";
import {
  ANDON_CORD,
  type Caller,
  deadLetterQueueOf,
  type Flow,
  type JsonObject,
  queues,
  type RecordedOutcome,
  tables,
  type WorkerName,
} from "@lanyard/contracts";
import { dispatcher, Inbox } from "@lanyard/gateway-service";
import {
  envelopes,
  type MemoryTransport,
  memoryTransport,
  newOperationId,
  outcomes,
  silentLog,
} from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { type RecordedMail, RecordingMailServer } from "@lanyard/notification-service/testing";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { type DumpedItem, type MemoryItemStore, memoryItemStore } from "@lanyard/storage";
import type { DataKinds } from "@lanyard/user-data";
import { type CrashMonitor, type CrashPoint, crashMonitor } from "./crash-points.ts";
import { cryptographyInOrder, isCryptographyUnderWay } from "./cryptography-in-order.ts";
import { startWorker } from "./in-process-workers.ts";

/** One operation, and what stands when it is asked for. */
export interface Scenario {
  readonly flow: Flow;
  readonly input: JsonObject;
  readonly caller: Caller;
  /** Whether the flow begins another here, whose workers run as well. Default: it does not. */
  readonly begins?: true;
  /** What users may own; default: what is shipped. */
  readonly kinds?: DataKinds;
  /** Fills the tables; `now` in milliseconds since the epoch. */
  readonly prepare?: (tableOf: (name: string) => MemoryItemStore, now: number) => Promise<void>;
}

/** What an auditor finds when everything has come to rest, as plain data. */
export interface RestingState {
  /** Since the last crash. */
  readonly points: readonly CrashPoint[];
  /** The processes that were stopped, in order. */
  readonly crashed: readonly string[];
  readonly operationId: string;
  /** What the client was told; `undefined`: its gateway died first. */
  readonly told: RecordedOutcome | undefined;
  readonly recorded: RecordedOutcome | undefined;
  /** By table all its items, in the order of their keys. */
  readonly tables: ReadonlyMap<string, readonly DumpedItem[]>;
  /** Ids of published events, each with every different body it was published with. */
  readonly events: ReadonlyMap<string, ReadonlySet<string>>;
  /** Every different outcome that was replied. */
  readonly replies: ReadonlySet<string>;
  /** What the mail server has accepted, in order. */
  readonly mails: readonly RecordedMail[];
  readonly deadLetters: number;
  /** Messages that no worker has taken. */
  readonly left: number;
}

export interface FinalState extends RestingState {
  itemsOf(table: string): readonly DumpedItem[];
}

export const finalState = (state: RestingState): FinalState => ({
  ...state,
  itemsOf: (table) => state.tables.get(table) ?? [],
});

cryptographyInOrder();
const keys = parseKeyring(`k1:${Buffer.alloc(32, 7).toString("base64url")}`);
/** An operation that ended before. */
export const earlier = `op_${"0".repeat(32)}${"A".repeat(22)}`;
/** What every process derives with. */
export const derived = derivation(keys);
const VISIBILITY_MS = 30_000;
const SCANNED = 4;
const LONGEST_RUN_MS = 20 * 60_000;

/** Runs one operation, every process over memory, one of them stopped dead at each of `crashes` and started again. */
export async function runWithCrashes(
  { flow, input, caller, begins, kinds, prepare }: Scenario,
  ...crashes: readonly CrashPoint[]
): Promise<FinalState> {
  const steps = [...flow.steps, ...((begins && flow.starts?.flow.steps) ?? [])];
  const workers: readonly WorkerName[] = [...new Set(steps.map(({ command }) => command.worker))];
  const monitor = crashMonitor(crashes);
  const clock = virtualClock(undefined, isCryptographyUnderWay);
  const memory = memoryTransport({
    clock,
    queues: queues.flatMap((name) => [name, deadLetterQueueOf(name)]),
    topics: ["events", ANDON_CORD],
    subscriptions: [{ topic: ANDON_CORD, queue: ANDON_CORD }],
  });
  const replies = new Set<string>();
  const transport = noting(memory, replies);
  const stores = new Map<string, MemoryItemStore>(tables.map((name) => [name, memoryItemStore()]));
  const storeOf = (name: string): MemoryItemStore => stores.get(name) ?? memoryItemStore();
  const sealed = sealing(keys);
  const mailServer = new RecordingMailServer();
  const stops: (() => Promise<void>)[] = [];
  const starting = new Set<Promise<void>>();

  const ports = (monitorOf: ReturnType<CrashMonitor["process"]>) => ({
    transport: monitorOf.transport(transport),
    table: (name: string) => monitorOf.table(name, inSmallPages(storeOf(name))),
    derivation: derived,
    sealing: sealed,
    clock,
    log: silentLog,
    issuer: "https://lanyard.example.com",
    audience: "lanyard",
    mailServer: monitorOf.mailServer(mailServer),
    ...(kinds !== undefined && { kinds }),
  });
  const begin = (start: () => Promise<void>): void => {
    const begun = start().finally(() => starting.delete(begun));
    starting.add(begun);
  };
  const runWorker = (name: WorkerName): void =>
    begin(async () => {
      const process = monitor.process(name, () => runWorker(name));
      const worker = await Promise.race([startWorker(name, ports(process)), process.died]);
      if (worker !== undefined) stops.push(() => worker.stop());
    });

  await prepare?.(storeOf, clock.now());
  const operationId = newOperationId(derived, caller, clock.now(), new Uint8Array(10).fill(3));
  let told: RecordedOutcome | undefined;
  let clientDone = false;
  let gateways = 0;
  const runGateway = (asks: boolean): void =>
    begin(async () => {
      gateways += 1;
      const gateway = gateways;
      const process = monitor.process("gateway", () => {
        clientDone = true;
        runGateway(false);
      });
      const own = ports(process);
      let inboxes = 0;
      const desk = dispatcher({
        ...own,
        outcomes: outcomes(own.table("operations")),
        envelopes: envelopes(derived),
        inbox: () => inbox.name,
      });
      const inbox = new Inbox({
        ...own,
        gatewayTable: own.table("gateway"),
        newName: () => `inbox-${gateway}-${(inboxes += 1)}`,
        receive: (message) => desk.receive(message),
        waitSeconds: 20,
      });
      stops.push(() => inbox.stop());
      await Promise.race([inbox.start(), process.died]);
      if (!asks || monitor.crashed.includes("gateway")) return;
      void ask(desk, process.died);
    });
  const ask = async (desk: ReturnType<typeof dispatcher>, died: Promise<undefined>): Promise<void> => {
    const submission = {
      operationId,
      flow,
      input,
      caller,
      client: { ip: "127.0.0.1" },
      receivedAt: clock.now(),
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    };
    if (flow.recorded === false) {
      await Promise.race([desk.send(submission), died]);
      clientDone = true;
      return;
    }
    const accepted = await Promise.race([desk.submit(submission), died]);
    if (accepted === undefined) return;
    told = await Promise.race([accepted.outcomeWithin(LONGEST_RUN_MS), died]);
    clientDone = true;
  };

  for (const name of workers) runWorker(name);
  await Promise.all(starting);
  runGateway(true);
  const left = (): number => queues.reduce((sum, name) => sum + memory.held(name).length, 0);
  const until = clock.now() + LONGEST_RUN_MS;
  while ((!clientDone || left() > 0 || starting.size > 0) && clock.now() < until) {
    await clock.settle();
    if (!clientDone || left() > 0) await clock.advance(monitor.crashed.length === 0 ? 250 : VISIBILITY_MS / 4);
  }
  const recorded = await outcomes(storeOf("operations")).read(operationId);
  // What is dead never stops; what lives does while time goes on.
  for (const stop of stops) void stop();
  await clock.advance(60_000);
  return finalState({
    points: monitor.points,
    crashed: monitor.crashed,
    operationId,
    told,
    recorded,
    tables: new Map([...stores].map(([name, store]) => [name, store.dump()])),
    events: eventsOf(memory),
    replies,
    mails: mailServer.mails,
    deadLetters: queues.reduce((sum, name) => sum + memory.held(deadLetterQueueOf(name)).length, 0),
    left: left(),
  });
}

/** A table may read fewer items for a page of a scan than were asked for. */
const inSmallPages = (store: MemoryItemStore): MemoryItemStore => ({
  ...store,
  scan: ({ limit = SCANNED, ...options } = {}) => store.scan({ ...options, limit: Math.min(limit, SCANNED) }),
});

const noting = (memory: MemoryTransport, replies: Set<string>): MemoryTransport => ({
  ...memory,
  send(queue, message) {
    if (message.attributes["type"] === "reply") replies.add(createHash("sha256").update(message.body).digest("hex"));
    return memory.send(queue, message);
  },
});

function eventsOf(memory: MemoryTransport): Map<string, Set<string>> {
  const events = new Map<string, Set<string>>();
  for (const { body } of memory.published("events")) {
    const { id } = JSON.parse(body) as { id: string };
    events.set(id, (events.get(id) ?? new Set()).add(body));
  }
  return events;
}

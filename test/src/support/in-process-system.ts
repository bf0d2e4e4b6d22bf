import { createHash, randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ANDON_CORD,
  deadLetterQueueOf,
  eventConsumers,
  followedQueueNames,
  openApiDocument,
  problemDetails,
  queues,
  tables,
  typesFollowedBy,
  type WorkerName,
  workers,
} from "@lanyard/contracts";
import { type ResponseValidator, responseValidator } from "@lanyard/contracts/testing";
import {
  type Gateway,
  type GatewayParts,
  gateway,
  gatewayMetrics,
  type LimitSettings,
  type MemoryWindowCounters,
  memoryWindowCounters,
  parseLimits,
} from "@lanyard/gateway-service";
import { type Log, type MemoryTransport, memoryTransport, silentLog } from "@lanyard/messaging";
import { type VirtualClock, virtualClock } from "@lanyard/messaging/testing";
import { type RecordedMail, RecordingMailServer } from "@lanyard/notification-service/testing";
import type { PasswordHashing } from "@lanyard/passwords";
import { type Derivation, derivation, type Keyring, parseKeyring, type Sealing, sealing } from "@lanyard/secrets";
import { healthListener } from "@lanyard/service";
import { type MemoryItemStore, memoryItemStore } from "@lanyard/storage";
import type { DataKinds } from "@lanyard/user-data";
import { Registry } from "prom-client";
import { cryptographyInOrder, isCryptographyUnderWay } from "./cryptography-in-order.ts";
import { type Faults, faultyCounters, faultyTable, faultyTransport, noFaults } from "./faults.ts";
import { answerOf, type CallOptions, type HttpAnswer, openCall } from "./http-call.ts";
import {
  challengeLifetimes,
  type InProcessWorker,
  shippedKinds,
  startEventConsumer,
  startWorker,
  type WorkerPorts,
} from "./in-process-workers.ts";
import { noLimits } from "./no-limits.ts";
import { type SharedPorts, withClockAhead } from "./with-clock-ahead.ts";

type Settings = Pick<
  GatewayParts,
  | "visitorIds"
  | "deadlineMs"
  | "trustedProxies"
  | "corsOrigins"
  | "redirectOrigins"
  | "development"
  | "mailboxUrl"
  | "challengeLifetimes"
  | "stepUpSeconds"
  | "opsKeys"
  | "alarmScope"
> & {
  /** What is not named is not limited. */
  readonly limits: Partial<LimitSettings>;
};

export interface InProcessOptions {
  /** Default: one of its own. Nothing takes time unless a test lets it pass. */
  readonly clock?: VirtualClock;
  /** How many gateways; default 1. */
  readonly gateways?: number;
  /** The workers that run from the beginning; default all. */
  readonly workers?: readonly WorkerName[];
  readonly settings?: Partial<Settings>;
  /** Kids of each gateway's derivation keys, the current first; default: `k1` alone. Workers have them all. */
  readonly derivationKids?: readonly (readonly string[])[];
  /** How far ahead each gateway's own clock is, and each worker's; default: not at all. */
  readonly aheadMs?: { readonly gateways?: readonly number[]; readonly workers?: Partial<Record<WorkerName, number>> };
  /** `false`: topics deliver nothing to inboxes. Default true. */
  readonly events?: boolean;
  readonly log?: Log;
  /** What users may own; default: what is shipped. */
  readonly kinds?: DataKinds;
  /** How passwords are hashed; default: at no cost. */
  readonly hashing?: (derivation: Derivation) => PasswordHashing;
}

/** One gateway with an HTTP server of its own on a free port of 127.0.0.1. */
export interface InProcessGateway {
  readonly gateway: Gateway;
  readonly baseUrl: string;
  /** Tables that do not answer this gateway, by name. */
  readonly tablesDown: Set<string>;
  /** Any request at all; what it answers must carry a request id and, when it is a problem, be a well-formed one. */
  request(method: string, path: string, options?: CallOptions): Promise<HttpAnswer>;
  /** A request whose answer must be exactly as the OpenAPI document says. */
  call(method: string, path: string, options?: CallOptions): Promise<HttpAnswer>;
  /** The response as soon as its head is there; the rest is the caller's to read, or to hang up on. */
  open(method: string, path: string, options?: CallOptions): Promise<IncomingMessage>;
  /** Ends every connection, as if all clients went away. */
  hangUp(): void;
  stop(): Promise<void>;
}

export interface InProcessSystem extends Omit<InProcessGateway, "stop"> {
  /** All of them; the system's own `call` asks the first. */
  readonly gateways: readonly InProcessGateway[];
  readonly clock: VirtualClock;
  readonly transport: MemoryTransport;
  readonly table: (name: string) => MemoryItemStore;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly issuer: string;
  readonly audience: string;
  readonly faults: Faults;
  /** Where all gateways count for their limits; as a table it is called `limits`. */
  readonly counters: MemoryWindowCounters;
  readonly mailServer: RecordingMailServer;
  /** What the mail server has accepted, in order. */
  readonly mails: readonly RecordedMail[];
  startWorker(name: WorkerName): Promise<void>;
  /** Starts one more gateway, which stops with the others. */
  startGateway(): Promise<InProcessGateway>;
  /** Waits for `work` while virtual time passes. */
  whileTimePasses<T>(work: Promise<T>, stepMs?: number): Promise<T>;
  stop(): Promise<void>;
}

// Or time went on while another thread still signs.
cryptographyInOrder();
const issuer = "https://lanyard.example.com";
const audience = "lanyard";
const version = "0.0.0-test";
const matchesDocument = responseValidator(openApiDocument({ version, serverUrl: issuer }));

/** The whole system in this process: real gateways and workers, queues and tables in memory, real HTTP. */
export async function inProcessSystem(options: InProcessOptions = {}): Promise<InProcessSystem> {
  const {
    clock = virtualClock(undefined, isCryptographyUnderWay),
    log = silentLog,
    derivationKids = [],
    aheadMs = {},
  } = options;
  const faults = noFaults();
  const stores = new Map(tables.map((name) => [String(name), faultyTable(memoryItemStore(), name, faults)]));
  const memory = memoryTransport({
    clock,
    queues: queues.flatMap((name) => [name, deadLetterQueueOf(name)]),
    topics: ["events", ANDON_CORD],
    subscriptions: [
      ...eventConsumers.map((queue) => ({ topic: "events", queue })),
      ...followedQueueNames.map((queue) => ({ topic: "events", queue, types: typesFollowedBy(queue) })),
      { topic: ANDON_CORD, queue: ANDON_CORD },
    ],
  });
  const deaf = { ...memory, subscribe: async () => "none" };
  const mailServer = new RecordingMailServer();
  const derived = derivation(keyring([...new Set(["k1", ...derivationKids.flat()])]));
  const ports = {
    transport: faultyTransport(options.events === false ? deaf : memory, faults),
    table(name: string): MemoryItemStore {
      const store = stores.get(name);
      if (store === undefined) throw new Error(`there is no table ${name}`);
      return store;
    },
    derivation: derived,
    sealing: sealing(keyring(["k1"])),
    clock,
    log,
    issuer,
    audience,
    mailServer,
    kinds: options.kinds ?? shippedKinds,
    ...(options.hashing !== undefined && { hashing: options.hashing(derived) }),
  } satisfies WorkerPorts;
  const counters = memoryWindowCounters(clock.now);
  const running: InProcessWorker[] = [];
  const start = async (name: WorkerName): Promise<void> =>
    void running.push(await startWorker(name, withClockAhead(ports, aheadMs.workers?.[name] ?? 0)));
  const whileTimePasses = async <T>(work: Promise<T>, stepMs = 1000): Promise<T> => {
    let over = false;
    const end = (): void => {
      over = true;
    };
    work.then(end, end);
    while (!over) await clock.advance(stepMs);
    return work;
  };

  for (const name of options.workers ?? workers) await start(name);
  for (const name of eventConsumers) running.push(await startEventConsumer(name, ports));
  const gateways: InProcessGateway[] = [];
  const addGateway = async (): Promise<InProcessGateway> => {
    const kids = derivationKids[gateways.length];
    const own = withClockAhead(ports, aheadMs.gateways?.[gateways.length] ?? 0);
    const keys = kids === undefined ? {} : { derivation: derivation(keyring(kids)) };
    const added = await startGateway({ ...own, ...keys, ...settings, ...options.settings, counters });
    gateways.push(added);
    return added;
  };
  for (let count = 0; count < (options.gateways ?? 1); count += 1) await addGateway();
  const [first] = gateways;
  if (first === undefined) throw new RangeError("a system has at least one gateway");
  const stopAll = (): Promise<unknown> => Promise.all([...gateways, ...running].map((part) => part.stop()));
  return {
    ...first,
    ...ports,
    gateways,
    faults,
    counters,
    mails: mailServer.mails,
    startWorker: start,
    startGateway: addGateway,
    whileTimePasses,
    stop: async () => void (await whileTimePasses(stopAll())),
  };
}

/** A key for each kid, the same one every time. */
const keyring = (kids: readonly string[]): Keyring =>
  parseKeyring(kids.map((kid) => `${kid}:${createHash("sha256").update(kid).digest("base64url")}`).join());

const settings: Settings = {
  visitorIds: true,
  deadlineMs: 10_000,
  trustedProxies: [],
  corsOrigins: [],
  redirectOrigins: ["https://app.example.com"],
  development: false,
  challengeLifetimes,
  stepUpSeconds: 900,
  opsKeys: [],
  limits: {},
};

async function startGateway(
  given: SharedPorts & Settings & { readonly counters: MemoryWindowCounters },
): Promise<InProcessGateway> {
  const registry = new Registry();
  const tablesDown = new Set<string>();
  const { observeRequest, watch } = gatewayMetrics(registry);
  const running = gateway({
    ...given,
    table: (name) => faultyTable(given.table(name), name, { tablesDown }),
    limits: {
      counters: faultyCounters(given.counters, { tablesDown }),
      settings: { ...parseLimits(noLimits), ...given.limits },
    },
    randomBytes,
    newRequestId: randomUUID,
    version,
    pollWaitSeconds: 20,
    observeRequest,
    health(missing) {
      const answer = healthListener({ missing, registry });
      return (request, response, next) => {
        if (!answer(request, response)) next();
      };
    },
  });
  watch(running);
  await running.start();
  const server = createServer(running.app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asking =
    (check: ResponseValidator) =>
    async (method: string, path: string, options: CallOptions = {}): Promise<HttpAnswer> => {
      const answer = await answerOf(await openCall(baseUrl, method, path, options));
      check(method, path, answer);
      return answer;
    };
  return {
    gateway: running,
    baseUrl,
    tablesDown,
    request: asking(isWellFormed),
    call: asking(matchesDocument),
    open: (method, path, options = {}) => openCall(baseUrl, method, path, options),
    hangUp: () => server.closeAllConnections(),
    async stop() {
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), running.stop()]);
    },
  };
}

const isWellFormed: ResponseValidator = (method, path, { status, headers, body }) => {
  if (!headers["x-request-id"]) throw new Error(`${method} ${path} → ${status}: no X-Request-Id`);
  if (headers["content-type"] !== "application/problem+json" || body === "") return;
  if (problemDetails.parse(body).status !== status) throw new Error(`${method} ${path}: ${status} says another status`);
};

import { join, resolve } from "node:path";
import { type CloudEnvironment, environmentOf, type MissingParts, missingPartsOf } from "./cloud-environment.ts";
import { Emulator } from "./emulator.ts";
import { probeQueues, probeTables } from "./probe.ts";

/** The embedded cloud: SQS and SNS in one process, DynamoDB in another, both on 127.0.0.1. */
export interface LocalCloud {
  endpoints: { sqs: string; sns: string; dynamodb: string };
  /** The AWS_* variables that point a service here. */
  env: CloudEnvironment;
  /** Process ids of the moment; throws for a process that is not running. */
  readonly pids: { queues: number; tables: number };
  /** Lets both processes close their data and end. */
  stop(): Promise<void>;
  /** SIGKILL to both. */
  kill(): Promise<void>;
  /** Starts whatever is not running again, on the same ports and data; ready when it resolves. */
  restart(): Promise<void>;
}

/** The part of the cloud that the environment names no endpoint for. */
export interface PartialCloud extends Omit<LocalCloud, "endpoints" | "pids"> {
  endpoints: Partial<LocalCloud["endpoints"]>;
  readonly pids: Partial<LocalCloud["pids"]>;
}

export interface LocalCloudOptions {
  /** Where queues and tables live, or "memory" to keep nothing. */
  dataDir: string | "memory";
  /** Taken when free. Default: any free port. */
  sqsSnsPort?: number;
  /** Taken when free. Default: any free port. */
  dynamoPort?: number;
  /** One line at a time. Default: silent. */
  log?: (line: string) => void;
  /** Told of a process that ends though nobody here ended it. Default: only a log line. */
  onUnexpectedExit?: (name: string) => void;
}

/**
 * Starts the embedded cloud; both processes answer requests when it resolves, and end with the caller's process.
 * Throws DataDirInUse when another process uses the data directory.
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const queues = queuesEmulator(options);
  const tables = tablesEmulator(options);
  await startAll([queues, tables]);
  const endpoints = { sqs: queues.endpoint, sns: queues.endpoint, dynamodb: tables.endpoint };
  return {
    endpoints,
    env: environmentOf(endpoints),
    get pids() {
      return { queues: queues.pid, tables: tables.pid };
    },
    ...lifecycleOf([queues, tables]),
  };
}

/**
 * Starts what `env` names no endpoint for (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SQS, _SNS, _DYNAMODB) and nothing else;
 * undefined when it names all. Throws when only one of SQS and SNS is named.
 */
export async function startMissingCloud(
  env: Readonly<Record<string, string | undefined>>,
  options: LocalCloudOptions,
): Promise<PartialCloud | undefined> {
  const missing: MissingParts = missingPartsOf(env);
  const queues = missing.queues ? queuesEmulator(options) : undefined;
  const tables = missing.tables ? tablesEmulator(options) : undefined;
  const emulators = [queues, tables].filter((each) => each !== undefined);
  if (emulators.length === 0) return undefined;
  await startAll(emulators);
  const endpoints = {
    ...(queues === undefined ? {} : { sqs: queues.endpoint, sns: queues.endpoint }),
    ...(tables === undefined ? {} : { dynamodb: tables.endpoint }),
  };
  return {
    endpoints,
    env: environmentOf(endpoints),
    get pids() {
      return { ...(queues && { queues: queues.pid }), ...(tables && { tables: tables.pid }) };
    },
    ...lifecycleOf(emulators),
  };
}

function queuesEmulator(options: LocalCloudOptions): Emulator {
  return new Emulator({
    name: "embedded queues",
    file: new URL("./fauxqs-process.ts", import.meta.url),
    probe: probeQueues,
    ...sharedSpec(options, "queues", options.sqsSnsPort),
  });
}

function tablesEmulator(options: LocalCloudOptions): Emulator {
  return new Emulator({
    name: "embedded tables",
    file: new URL("./dynalite-process.ts", import.meta.url),
    probe: probeTables,
    ...sharedSpec(options, "tables", options.dynamoPort),
  });
}

function sharedSpec(options: LocalCloudOptions, folder: string, preferredPort: number | undefined) {
  return {
    ...(options.dataDir === "memory"
      ? {}
      : { storage: { dir: join(resolve(options.dataDir), folder), dataDir: options.dataDir } }),
    ...(preferredPort === undefined ? {} : { preferredPort }),
    ...(options.onUnexpectedExit === undefined ? {} : { onUnexpectedExit: options.onUnexpectedExit }),
    log: options.log ?? (() => undefined),
  };
}

async function startAll(emulators: readonly Emulator[]): Promise<void> {
  const outcomes = await Promise.allSettled(emulators.map((each) => each.start()));
  const failed = outcomes.find((each) => each.status === "rejected");
  if (failed === undefined) return;
  await Promise.all(emulators.map((each) => each.stop()));
  throw failed.reason;
}

function lifecycleOf(emulators: readonly Emulator[]): Pick<LocalCloud, "stop" | "kill" | "restart"> {
  const each = async (act: (emulator: Emulator) => Promise<void>) => void (await Promise.all(emulators.map(act)));
  return {
    stop: () => each((emulator) => emulator.stop()),
    kill: () => each((emulator) => emulator.kill()),
    restart: () => each((emulator) => emulator.restart()),
  };
}

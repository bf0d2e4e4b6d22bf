import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import {
  type EmbeddedMailbox,
  type PartialCloud,
  startMailbox,
  startMissingCloud,
  withCloud,
} from "@lanyard/local-cloud";
import { compileCache } from "./stack/compile-cache.ts";
import { developmentKeys } from "./stack/development-keys.ts";
import { developmentOpsKey } from "./stack/development-ops-key.ts";
import { gatewayPorts } from "./stack/gateway-ports.ts";
import { provisionCloud } from "./stack/provision-cloud.ts";
import { ServiceProcess, type ServiceState } from "./stack/service-process.ts";
import { openStackLog } from "./stack/stack-log.ts";
import {
  provisionerScript,
  type ServiceId,
  type ServiceName,
  scriptOf,
  type WorkerName,
  workerNames,
} from "./stack/stack-services.ts";
import { startTogether } from "./stack/start-together.ts";

export { PortTaken } from "./stack/gateway-ports.ts";
export type { ServiceState } from "./stack/service-process.ts";
export type { ServiceId, ServiceName, WorkerName } from "./stack/stack-services.ts";

export interface StackOptions {
  /** Where queues, tables and development keys live, or "memory" to keep nothing. */
  dataDir: string | "memory";
  /** Default: LANYARD_PREFIX of `env`, then "lanyard". */
  prefix?: string;
  mode: "development";
  /**
   * Environment of every service; nothing is taken from this process's own. An AWS endpoint in it is used, and nothing
   * embedded started for it. Default: empty.
   */
  env?: Readonly<Record<string, string | undefined>>;
  /** Default 1. */
  gateways?: number;
  /** Default 1 of each. */
  workers?: Partial<Record<WorkerName, number>>;
  /** Port of the first gateway; the others take free ones. Default 0: a free one. */
  gatewayPort?: number;
  /** Ports of the embedded cloud, when they are free. Default: any free ones. */
  preferredCloudPorts?: { sqsSns: number; dynamo: number };
  /** What happens, and what services warn of: one line at a time. */
  log: (line: string) => void;
  /** Where every line of every service goes. Default: kept nowhere. */
  logFile?: string;
  /** Start what ends by itself again: services with growing pauses, and the embedded cloud. */
  superviseRestarts: boolean;
  /** Calls the start off; no use afterwards. */
  signal?: AbortSignal;
  /** The script of a service. Default: `services/<name>/src/main.ts`. */
  scriptOf?: (name: ServiceName) => string;
}

export interface StackService {
  id: ServiceId;
  name: ServiceName;
  index: number;
  /** Of the last process, also after its end. */
  pid: number | undefined;
  /** Where it answers `/healthz`, `/readyz` and `/metrics`. */
  url: string | undefined;
  state: ServiceState;
}

export interface Stack {
  /** Of the first gateway. */
  baseUrl: string;
  /** Of every gateway. */
  baseUrls: string[];
  /** The embedded part of the cloud; undefined when the environment named every endpoint. */
  cloud: PartialCloud | undefined;
  /** Where mails end; undefined when the environment named LANYARD_SMTP_URL. */
  mailbox: EmbeddedMailbox | undefined;
  /** What every service was given, without PORT: for a client of the same cloud, and for more services. */
  env: Readonly<Record<string, string>>;
  /** As of now. */
  readonly services: StackService[];
  /** Sends a signal as if it came from elsewhere; resolves when the process is gone, if it is one that ends it. */
  kill(id: ServiceId, signal: NodeJS.Signals): Promise<void>;
  /** Stops the service if it runs, and starts it; ready when it resolves. A gateway keeps its port. */
  restart(id: ServiceId): Promise<void>;
  /** Stops gateways, then workers, then the embedded cloud, each after its work in hand. */
  stop(): Promise<void>;
  /** SIGKILL to everything. */
  destroy(): Promise<void>;
}

interface Member extends Pick<StackService, "id" | "name" | "index"> {
  process: ServiceProcess;
}

/**
 * Starts the embedded cloud where one is missing, provisions it and starts every service as a process of its own; all of
 * them are ready when it resolves, and end with this process. Nothing is left running when it throws: DataDirInUse,
 * PortTaken, or an Error with the last lines of the service that did not start.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { signal, superviseRestarts } = options;
  const dataDir = options.dataDir === "memory" ? "memory" : resolve(options.dataDir);
  const { PORT: _port, ...given } = definedOf(options.env ?? {});
  const log = openStackLog(options.logFile, options.log);
  const members: Member[] = [];
  let cloud: PartialCloud | undefined;
  let mailbox: EmbeddedMailbox | undefined;

  const stopEach = async (names: readonly ServiceName[], end: (process: ServiceProcess) => Promise<void>) => {
    await Promise.all(members.filter((each) => names.includes(each.name)).map((each) => end(each.process)));
  };
  const stop = async () => {
    await stopEach(["gateway"], (process) => process.stop());
    await stopEach(workerNames, (process) => process.stop());
    await Promise.all([cloud?.stop(), mailbox?.stop()]);
    await log.close();
  };
  const destroy = async () => {
    await stopEach(["gateway", ...workerNames], (process) => process.destroy());
    await Promise.all([cloud?.kill(), mailbox?.kill()]);
    await log.close();
  };
  const bringBack = (of: () => { restart(): Promise<void> } | undefined) => (name: string) => {
    if (!superviseRestarts) return;
    of()
      ?.restart()
      .then(
        () => log.announce(`${name} ${name.endsWith("s") ? "are" : "is"} back`),
        (error: unknown) => log.announce(`${name} could not be started again: ${String(error)}`),
      );
  };

  try {
    const { preferredCloudPorts } = options;
    cloud = await startMissingCloud(given, {
      dataDir: options.dataDir,
      log: log.output("cloud"),
      onUnexpectedExit: bringBack(() => cloud),
      ...(preferredCloudPorts && {
        sqsSnsPort: preferredCloudPorts.sqsSns,
        dynamoPort: preferredCloudPorts.dynamo,
      }),
    });
    signal?.throwIfAborted();
    if (given["LANYARD_SMTP_URL"] === undefined) {
      mailbox = await startMailbox({ log: log.output("mailbox"), onUnexpectedExit: bringBack(() => mailbox) });
      signal?.throwIfAborted();
    }

    const ports = await gatewayPorts(options.gateways ?? 1, options.gatewayPort ?? 0);
    const env: Record<string, string> = {
      NODE_ENV: "production",
      ...compileCache,
      LOG_LEVEL: "info",
      LANYARD_POLL_WAIT_SECONDS: "1",
      // Whoever develops against it signs in over and over, from one address.
      LANYARD_LIMITS: "anonymous=1000000/600,mailPerClient=1000000/900",
      // A dozen processes share these cores: a flood of sign-ins must not make everybody else wait twice as long.
      ...(availableParallelism() <= 2 && { LANYARD_HASH_PERCENT: "20" }),
      LANYARD_PUBLIC_URL: `http://localhost:${ports[0]}`,
      ...(await developmentKeys(dataDir)),
      LANYARD_OPS_KEY: await developmentOpsKey(dataDir),
      LANYARD_PREFIX: "lanyard",
      ...(mailbox && { LANYARD_SMTP_URL: mailbox.smtpUrl, LANYARD_MAILBOX_URL: mailbox.url }),
      ...withCloud(given, cloud?.env),
      ...(options.prefix === undefined ? {} : { LANYARD_PREFIX: options.prefix }),
      LANYARD_MODE: options.mode,
      LANYARD_DATA_DIR: dataDir,
    };
    await provisionCloud({ path: provisionerScript, env, signal, log: log.detail("provision") });

    const add = (name: ServiceName, index: number, port: number) => {
      const id: ServiceId = `${name}-${index}`;
      const path = (options.scriptOf ?? scriptOf)(name);
      const serviceEnv = { ...env, PORT: String(port) };
      const spec = {
        id,
        path,
        env: serviceEnv,
        supervise: superviseRestarts,
        log: log.announce,
        output: log.output(id),
      };
      members.push({ id, name, index, process: new ServiceProcess(spec) });
    };
    for (const name of workerNames) {
      for (let index = 0; index < (options.workers?.[name] ?? 1); index++) add(name, index, 0);
    }
    for (const [index, port] of ports.entries()) add("gateway", index, port);
    await startTogether(
      members.map(
        ({ process }) =>
          (calledOff) =>
            process.start(calledOff),
      ),
      signal,
    );

    signal?.throwIfAborted();

    const memberOf = (id: ServiceId) => {
      const member = members.find((each) => each.id === id);
      if (member === undefined)
        throw new Error(`no service ${id}; there are ${members.map((each) => each.id).join(", ")}`);
      return member.process;
    };
    const baseUrls = ports.map((port) => `http://127.0.0.1:${port}`);
    return {
      baseUrl: baseUrls[0] ?? "",
      baseUrls,
      cloud,
      mailbox,
      env,
      get services() {
        return members.map(({ id, name, index, process: { pid, url, state } }) => ({
          id,
          name,
          index,
          pid,
          url,
          state,
        }));
      },
      kill: (id, sent) => memberOf(id).kill(sent),
      restart: (id) => memberOf(id).restart(),
      stop,
      destroy,
    };
  } catch (error) {
    await destroy();
    throw error;
  }
}

function definedOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  // An empty variable is an unset one, and must not hide a default.
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

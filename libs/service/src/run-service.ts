import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import type { z } from "zod";
import { ConfigMistakes, type Environment, readConfig, type ServiceConfig } from "./config.ts";
import { createLogger } from "./logger.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

/** What a service is given to start with. */
export interface ServiceContext<Config> {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** A started service: what it answers over HTTP, and how it ends. */
export interface RunningService {
  readonly listener: RequestListener;
  /** Begins what needs the HTTP server to be up; may take as long as its dependencies need. */
  start(): Promise<void>;
  /** Called when no request is under way any more: stops taking work, lets what is under way end. */
  stop(): Promise<void>;
}

/** The exit status for a configuration that cannot work (sysexits EX_CONFIG): starting again would not help. */
export const EXIT_CONFIG = 78;

const DRAIN_MS = 10_000;

/**
 * Runs a service as this process: reads its configuration, listens, starts, and stops on SIGTERM, SIGINT or when the
 * process that started it is gone. In development it listens on 127.0.0.1 only.
 */
export async function runService<S extends z.ZodType<ServiceConfig>>(service: {
  readonly name: string;
  readonly config: S;
  readonly environment: Environment;
  readonly wire: (context: ServiceContext<z.output<S>>) => RunningService;
}): Promise<void> {
  const config = configOrExit(service.config, service.environment);
  const log = createLogger({ service: service.name, level: config.LOG_LEVEL });
  const metrics = createMetrics(service.name);
  const running = service.wire({ config, log, metrics });
  const server = createServer(running.listener);

  let stopping = false;
  const stop = async (why: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, "stopping");
    await drain(server);
    await running.stop();
    log.info({}, "stopped");
    process.exit(0);
  };
  const fail = (error: unknown): void => {
    log.fatal({ err: error }, "failed");
    process.exit(1);
  };
  const stopOrFail = (why: string) => (): void => void stop(why).catch(fail);
  process.on("SIGTERM", stopOrFail("SIGTERM"));
  process.on("SIGINT", stopOrFail("SIGINT"));
  if (process.channel !== undefined) process.on("disconnect", stopOrFail("parent gone"));
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);

  const url = await listen(server, config.PORT, config.LANYARD_MODE === "development" ? "127.0.0.1" : undefined);
  log.info({ url }, "listening");
  process.send?.({ type: "listening", url });
  await running.start();
}

function configOrExit<S extends z.ZodType>(schema: S, environment: Environment): z.output<S> {
  try {
    return readConfig(schema, environment);
  } catch (error) {
    if (!(error instanceof ConfigMistakes)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

/** Takes no new connection and lets requests under way end, for at most ten seconds. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function listen(server: Server, port: number, host: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const { port: chosen } = server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${chosen}`);
    });
  });
}

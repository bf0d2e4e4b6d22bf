import type { Clock, Worker } from "@lanyard/messaging";
import { healthListener } from "./health-listener.ts";
import type { RunningService, ServiceContext } from "./run-service.ts";

export interface WorkerLifeParts extends Pick<ServiceContext<unknown>, "log" | "metrics"> {
  readonly clock: Clock;
  readonly worker: Worker;
  /** Must succeed before the first message is taken; repeated until it does. */
  readonly prepare: () => Promise<void>;
  /** What is missing beyond the queue; empty: ready. */
  readonly missing?: () => readonly string[];
  readonly stop?: () => Promise<void>;
}

/** The life of a process with one receive loop: its health over HTTP, its start when it can, its stop. */
export function workerLife(queue: string, parts: WorkerLifeParts): RunningService {
  const { log, metrics, clock, worker } = parts;
  const stopping = new AbortController();
  const health = healthListener({
    missing: () => {
      metrics.paused.set({ queue }, worker.state === "paused" ? 1 : 0);
      return [...(worker.state === "running" ? [] : [`queue ${queue}: ${worker.state}`]), ...(parts.missing?.() ?? [])];
    },
    registry: metrics.registry,
  });
  return {
    listener: (request, response) => {
      if (!health(request, response)) response.writeHead(404).end();
    },
    async start() {
      await untilItSucceeds(parts.prepare, { clock, log, signal: stopping.signal });
      if (!stopping.signal.aborted) worker.start();
    },
    async stop() {
      stopping.abort();
      await worker.stop();
      await parts.stop?.();
    },
  };
}

/** Tries again, twice a second, until it succeeds or `signal` is aborted. */
export async function untilItSucceeds(
  attempt: () => Promise<void>,
  {
    clock,
    log,
    signal,
  }: { readonly clock: Clock; readonly log: ServiceContext<unknown>["log"]; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await attempt();
    } catch (error) {
      log.warn({ err: error }, "not ready yet");
      await clock.sleep(500, signal);
    }
  }
}

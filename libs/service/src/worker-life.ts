import type { Clock, Worker } from "@lanyard/messaging";
import { healthListener } from "./health-listener.ts";
import type { RunningService, ServiceContext } from "./run-service.ts";

export interface WorkerLifeParts extends Pick<ServiceContext<unknown>, "log" | "metrics"> {
  readonly clock: Clock;
  /** Each with the queue it receives from; one at least. */
  readonly loops: readonly { readonly queue: string; readonly worker: Worker }[];
  /** Must succeed before the first message is taken; repeated until it does. */
  readonly prepare: () => Promise<void>;
  /** What is missing beyond the queues; empty: ready. */
  readonly missing?: () => readonly string[];
  readonly stop?: () => Promise<void>;
}

/** The life of a process with receive loops: its health over HTTP, their start when it can, their stop. */
export function workerLife(parts: WorkerLifeParts): RunningService {
  const { log, metrics, clock, loops } = parts;
  const stopping = new AbortController();
  const health = healthListener({
    missing: () => {
      for (const { queue, worker } of loops) metrics.paused.set({ queue }, worker.state === "paused" ? 1 : 0);
      const still = loops.filter(({ worker }) => worker.state !== "running");
      return [...still.map(({ queue, worker }) => `queue ${queue}: ${worker.state}`), ...(parts.missing?.() ?? [])];
    },
    registry: metrics.registry,
  });
  return {
    listener: (request, response) => {
      if (!health(request, response)) response.writeHead(404).end();
    },
    async start() {
      await untilItSucceeds(parts.prepare, { clock, log, signal: stopping.signal });
      if (stopping.signal.aborted) return;
      for (const { worker } of loops) worker.start();
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops.map(({ worker }) => worker.stop()));
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

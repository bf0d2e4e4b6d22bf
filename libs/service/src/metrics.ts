import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** The Prometheus registry of one process, with what every service counts. */
export interface Metrics {
  readonly registry: Registry;
  readonly commandSeconds: Histogram<"command" | "result">;
  readonly eventSeconds: Histogram<"event" | "result">;
  readonly deadLetters: Counter<"queue" | "reason">;
  readonly paused: Gauge<"queue">;
}

export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    commandSeconds: new Histogram({
      name: "lanyard_command_seconds",
      help: "How long one run of a command took, by how it ended",
      labelNames: ["command", "result"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    eventSeconds: new Histogram({
      name: "lanyard_event_seconds",
      help: "How long it took to hear one event, by how it ended",
      labelNames: ["event", "result"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    deadLetters: new Counter({
      name: "lanyard_dead_letters_total",
      help: "Messages moved to a dead-letter queue, by reason",
      labelNames: ["queue", "reason"],
      registers: [registry],
    }),
    paused: new Gauge({
      name: "lanyard_worker_paused",
      help: "1 while a worker receives nothing because a dependency is down",
      labelNames: ["queue"],
      registers: [registry],
    }),
  };
}

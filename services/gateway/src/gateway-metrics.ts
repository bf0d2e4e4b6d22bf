import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Gateway } from "./gateway.ts";
import type { ServedRequest } from "./http/request-context.ts";

export interface GatewayMetrics {
  observeRequest(served: ServedRequest): void;
  /** From here on the registry asks this gateway for its counts whenever it is read. */
  watch(gateway: Pick<Gateway, "counts">): void;
}

/** What a gateway tells Prometheus. */
export function gatewayMetrics(registry: Registry): GatewayMetrics {
  const httpSeconds = new Histogram({
    name: "lanyard_http_seconds",
    help: "How long a request took to be answered, by the template of its route",
    labelNames: ["route", "method", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    observeRequest: ({ route, method, status, seconds }) => httpSeconds.observe({ route, method, status }, seconds),
    watch({ counts }) {
      new Counter({
        name: "lanyard_access_token_cache_total",
        help: "Well-formed access tokens seen, by whether their verification was remembered",
        labelNames: ["result"],
        registers: [registry],
        collect() {
          const { hits, misses } = counts().tokenCache;
          this.reset();
          this.inc({ result: "hit" }, hits);
          this.inc({ result: "miss" }, misses);
        },
      });
      new Gauge({
        name: "lanyard_requests_waiting",
        help: "Requests that wait for the outcome of their operation",
        registers: [registry],
        collect() {
          this.set(counts().waiting);
        },
      });
      new Gauge({
        name: "lanyard_revocations_known",
        help: "Sessions that are remembered as revoked one by one",
        registers: [registry],
        collect() {
          this.set(counts().revocations.known);
        },
      });
      new Gauge({
        name: "lanyard_andon_newest_pull",
        help: "The number of the newest pull of the andon cord that is known; gateways that stay behind refuse less",
        registers: [registry],
        collect() {
          this.set(counts().revocations.newestPull);
        },
      });
      new Counter({
        name: "lanyard_andon_refused_total",
        help: "Requests refused because a pull of the andon cord had voided their session",
        registers: [registry],
        collect() {
          this.reset();
          this.inc(counts().revocations.refused);
        },
      });
      new Gauge({
        name: "lanyard_andon_cord_paused",
        help: "1 while messages on the topic of the andon cord wait because a queue is down; requests are served",
        registers: [registry],
        collect() {
          this.set(counts().isCordPaused ? 1 : 0);
        },
      });
    },
  };
}

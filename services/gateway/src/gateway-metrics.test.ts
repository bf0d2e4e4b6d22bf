import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { gatewayMetrics } from "./gateway-metrics.ts";

describe("the metrics of a gateway", () => {
  it("count each request by route, method and status, with its seconds", async () => {
    const registry = new Registry();
    const { observeRequest } = gatewayMetrics(registry);
    const route = "/api/v2/auth/session";
    observeRequest({ route, method: "GET", status: 200, seconds: 0.02 });
    observeRequest({ route, method: "GET", status: 200, seconds: 3 });
    observeRequest({ route, method: "GET", status: "aborted", seconds: 1 });
    const text = await registry.metrics();

    expect(text).toContain(`lanyard_http_seconds_count{route="${route}",method="GET",status="200"} 2`);
    expect(text).toContain(`lanyard_http_seconds_sum{route="${route}",method="GET",status="200"} 3.02`);
    expect(text).toContain(`lanyard_http_seconds_bucket{le="0.025",route="${route}",method="GET",status="200"} 1`);
    expect(text).toContain(`lanyard_http_seconds_count{route="${route}",method="GET",status="aborted"} 1`);
  });

  it("ask the gateway for its counts each time they are read", async () => {
    const registry = new Registry();
    const revocations = { known: 2, newestPull: 1, refused: 3 };
    const counts = { waiting: 3, revocations, isCordPaused: true, tokenCache: { hits: 5, misses: 2, size: 2 } };
    gatewayMetrics(registry).watch({ counts: () => counts });
    expect(await registry.metrics()).toContain("lanyard_andon_cord_paused 1");
    counts.waiting = 1;
    counts.isCordPaused = false;
    counts.tokenCache.hits = 9;
    counts.revocations = { known: 4, newestPull: 7, refused: 8 };
    const text = await registry.metrics();

    expect(text).toContain('lanyard_access_token_cache_total{result="hit"} 9');
    expect(text).toContain('lanyard_access_token_cache_total{result="miss"} 2');
    expect(text).toContain("lanyard_requests_waiting 1");
    expect(text).toContain("lanyard_revocations_known 4");
    expect(text).toContain("lanyard_andon_newest_pull 7");
    expect(text).toContain("lanyard_andon_refused_total 8");
    expect(text).toContain("lanyard_andon_cord_paused 0");
  });
});

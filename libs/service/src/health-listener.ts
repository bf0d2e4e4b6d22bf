import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "prom-client";

export interface HealthOptions {
  /** What is missing before requests can be served; empty: ready. */
  readonly missing: () => readonly string[];
  readonly registry: Registry;
}

/** Answers `/healthz`, `/readyz` and `/metrics`; says whether it did. */
export function healthListener({
  missing,
  registry,
}: HealthOptions): (request: IncomingMessage, response: ServerResponse) => boolean {
  const json = (response: ServerResponse, status: number, body: object): void => {
    response
      .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
      .end(JSON.stringify(body));
  };
  return (request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    switch (path) {
      case "/healthz":
        json(response, 200, { status: "ok" });
        return true;
      case "/readyz": {
        const lacking = missing();
        json(response, lacking.length === 0 ? 200 : 503, {
          status: lacking.length === 0 ? "ready" : "not-ready",
          missing: lacking,
        });
        return true;
      }
      case "/metrics":
        void registry.metrics().then(
          (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
          () => response.writeHead(500).end(),
        );
        return true;
      default:
        return false;
    }
  };
}

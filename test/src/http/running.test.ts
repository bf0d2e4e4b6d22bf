import { afterEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn } from "../support/visitor.ts";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await inProcessSystem(options);
};
afterEach(() => system.stop());

const missing = async (): Promise<string> => {
  const { status, body } = await system.call("GET", "/readyz");
  const { status: said, missing: lacking } = body as { status: string; missing: readonly string[] };
  return [status, said, ...lacking].join(" ");
};
const inboxes = (): readonly string[] =>
  system
    .table("gateway")
    .dump()
    .map(({ value }) => String(value["inbox"]));

describe("a gateway", () => {
  it("is ready once it has an inbox and knows a key", async () => {
    await begin();

    expect(await missing()).toBe("200 ready");
    expect((await system.call("GET", "/healthz")).body).toEqual({ status: "ok" });
  });

  it("is not ready before the token worker has published a key, and publishes no empty key set", async () => {
    await begin({ workers: ["identity", "session"] });
    expect(await missing()).toBe("503 not-ready signing keys: the token worker has published none yet");
    expect((await system.call("GET", "/healthz")).status).toBe(200);
    const none = await system.call("GET", "/.well-known/jwks.json");
    expect([none.status, none.headers["cache-control"]]).toEqual([503, "no-store"]);
    await system.startWorker("token");
    await system.clock.advance(5000);

    await eventually("it is ready", async () => (await missing()) === "200 ready");
    expect((await system.call("GET", "/.well-known/jwks.json")).status).toBe(200);
  });

  it("accepts a key that was made after it last looked", async () => {
    await begin({ workers: ["identity", "session"] });
    await system.startWorker("token");
    await system.clock.advance(1000);
    const { bearer } = await signIn(system);

    expect((await system.call("GET", "/api/v2/auth/session", { headers: bearer })).status).toBe(200);
  });

  it("whose inbox is deleted is not ready, makes another, and goes on", async () => {
    await begin();
    const [first = ""] = inboxes();
    await system.transport.deleteQueue(first);
    // Nor can it make another while the table of leases is down.
    system.faults.tablesDown.add("gateway");
    // The long poll under way notices when it is over.
    await system.clock.advance(20_000);
    expect(await missing()).toBe("503 not-ready inbox");
    system.faults.tablesDown.clear();
    await system.clock.advance(2000);

    expect(inboxes()).toHaveLength(1);
    expect(inboxes()).not.toContain(first);
    expect(await missing()).toBe("200 ready");
    expect((await system.call("POST", "/api/v2/auth/anonymous")).status).toBe(201);
  });

  it("answers without an inbox by reading the outcome", async () => {
    await begin();
    system.faults.queuesDown.add(inboxes()[0] ?? "");
    await system.clock.advance(20_000);
    expect(await missing()).toBe("503 not-ready inbox");
    const answer = system.call("POST", "/api/v2/auth/anonymous");
    await eventually("the outcome stands", () => system.table("operations").dump().length === 1);
    await system.clock.advance(1000);

    expect((await answer).status).toBe(201);
    system.faults.queuesDown.clear();
    await system.clock.advance(5000);
    expect(await missing()).toBe("200 ready");
  });

  it("is one of several, each with its own inbox: replies find whoever asked", async () => {
    await begin({ gateways: 3 });
    const asked = system.gateways.flatMap(({ call }) =>
      Array.from({ length: 10 }, () => call("POST", "/api/v2/auth/anonymous")),
    );

    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(30).fill(201));
    expect(new Set(inboxes()).size).toBe(3);
  });

  it("reads what another gateway was asked", async () => {
    await begin({ gateways: 2 });
    const visitor = await signIn(system);
    const pending = await system.call("POST", "/api/v2/auth/anonymous", { headers: { prefer: "respond-async" } });
    const { operationSecret } = pending.body as { operationSecret: string };
    const headers = { "x-operation-secret": operationSecret };
    await eventually("both outcomes stand", () => system.table("operations").dump().length === 2);

    const [, other] = system.gateways;
    expect((await other?.call("GET", "/api/v2/auth/session", { headers: visitor.bearer }))?.status).toBe(200);
    expect((await other?.call("GET", pending.headers["location"] ?? "", { headers }))?.status).toBe(200);
  });

  it("leaves neither inbox nor lease behind when it stops", async () => {
    await begin();
    const [inbox = ""] = inboxes();
    await system.whileTimePasses(system.gateways[0]?.stop() ?? Promise.resolve());

    expect(inboxes()).toEqual([]);
    expect(() => system.transport.held(inbox)).toThrow();
  });
});

describe("/metrics", () => {
  it("counts requests by the template of their route, never by the path that was sent", async () => {
    await begin();
    await signIn(system);
    await system.call("GET", "/api/v2/operations/op_secret-word");
    await system.request("GET", "/secret-word");
    await system.request("PUT", "/api/v2/auth/session");
    await system.request("GET", "/docs/");
    // A request is counted when its answer is over, which its reader may see first.
    const { headers, text } = await eventually("all are counted", async () => {
      const answer = await system.call("GET", "/metrics");
      return answer.text.includes('lanyard_http_seconds_count{route="/docs"') && answer;
    });

    expect(headers["content-type"]).toMatch(/^text\/plain/);
    for (const labels of [
      'route="/api/v2/auth/anonymous",method="POST",status="201"',
      'route="/api/v2/operations/{operationId}",method="GET",status="404"',
      'route="unmatched",method="GET",status="404"',
      'route="/api/v2/auth/session",method="PUT",status="405"',
      'route="/docs",method="GET",status="200"',
    ]) {
      expect(text).toContain(`lanyard_http_seconds_count{${labels}} 1`);
    }
    expect(text).toContain("lanyard_requests_waiting 0");
    expect(text).not.toContain("secret-word");
  });
});

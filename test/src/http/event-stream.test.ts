import { afterEach, describe, expect, it } from "@jest/globals";
import { outcomes } from "@lanyard/messaging";
import { eventually } from "@lanyard/messaging/testing";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { collected, sseEvents } from "../support/sse-events.ts";

const path = "/api/v2/auth/anonymous";
const streamed = { headers: { accept: "text/event-stream" }, body: "" };

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await inProcessSystem(options);
};
afterEach(() => system.stop());

const untilWaiting = (count: number): Promise<unknown> =>
  eventually(`${count} requests wait`, () => system.gateway.counts().waiting === count);

describe("a sign-in that is streamed", () => {
  it("tells that it was accepted, each step, and the tokens at the end", async () => {
    await begin();
    const answer = await system.call("POST", path, streamed);
    const events = sseEvents(answer.text);

    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
    });
    const operationId = answer.headers["x-operation-id"];
    expect(events.map(({ event, data }) => [event, data["type"], data["step"], data["position"], data["of"]])).toEqual([
      ["accepted", "accepted", undefined, undefined, undefined],
      ["progress", "progress", "identity.createAnonymousUser", 1, 3],
      ["progress", "progress", "session.open", 2, 3],
      ["token-delivery", "token-delivery", undefined, undefined, undefined],
    ]);
    expect(events[0]?.data).toMatchObject({
      operationId,
      status: "pending",
      operationSecret: expect.stringContaining("."),
      location: `/api/v2/operations/${operationId}`,
    });
    const { tokens } = events[3]?.data as { tokens: { accessToken: string } };
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    const session = await system.call("GET", "/api/v2/auth/session", { headers });
    expect(session.body).toMatchObject({ user: events[3]?.data["user"] });
  });

  it("tells each step when it has happened", async () => {
    await begin({ workers: ["identity"] });
    const text = collected(await system.open("POST", path, streamed));
    await eventually("the first step is told", () => text().includes("identity.createAnonymousUser"));
    expect(text()).not.toContain("session.open");
    await system.startWorker("session");
    await eventually("the second step is told", () => text().includes("session.open"));
    expect(text()).not.toContain("token-delivery");
    await system.startWorker("token");

    await eventually("the tokens are told", () => text().includes("token-delivery"));
  });

  it("tells what happened before the queue had acknowledged, once it has", async () => {
    await begin();
    system.faults.beforeAcknowledging = async (queue) => {
      const ended = () => system.table("operations").dump().length === 1;
      if (queue === "identity") await eventually("it is all over", ended);
    };
    const { text } = await system.call("POST", path, streamed);

    expect(sseEvents(text).map(({ event }) => event)).toEqual(["accepted", "progress", "progress", "token-delivery"]);
  });

  it("ends with the problem when it is refused", async () => {
    await begin({ workers: [] });
    const response = await system.open("POST", path, streamed);
    const text = collected(response);
    await outcomes(system.table("operations")).record({
      operationId: String(response.headers["x-operation-id"]),
      flow: { name: "createAnonymousSession", version: 1 },
      caller: { kind: "none" },
      outcome: { state: "failed", problem: { code: "operation_expired" } },
      finishedAt: new Date(system.clock.now()).toISOString(),
    });
    await system.clock.advance(1000);
    await eventually("the stream has ended", () => response.readableEnded);

    const last = sseEvents(text()).at(-1);
    expect(last?.event).toBe("problem");
    expect(last?.data).toMatchObject({
      type: "problem",
      problem: { code: "operation_expired", status: 504, type: "urn:lanyard:problem:operation_expired" },
    });
    expect(JSON.stringify(last?.data)).toContain(String(response.headers["x-operation-id"]));
  });

  it("ends with where to read on when it takes longer than a request may", async () => {
    await begin({ workers: [] });
    const response = await system.open("POST", path, {
      ...streamed,
      headers: { ...streamed.headers, prefer: "wait=2" },
    });
    const text = collected(response);
    await system.clock.advance(2000);
    await eventually("the stream has ended", () => response.readableEnded);

    const last = sseEvents(text()).at(-1);
    const operationId = response.headers["x-operation-id"];
    expect(last).toEqual({
      event: "pending",
      data: { type: "pending", operationId, location: `/api/v2/operations/${operationId}` },
    });
    expect(system.gateway.counts().waiting).toBe(0);
  });

  it("is kept open by comments while nothing happens", async () => {
    await begin({ workers: [], settings: { deadlineMs: 60_000 } });
    const text = collected(await system.open("POST", path, streamed));
    await system.clock.advance(30_000);

    await eventually("two comments came", () => text().match(/^: /gm)?.length === 2);
    expect(sseEvents(text())).toHaveLength(1);
  });

  it("is answered as a problem when it cannot even begin", async () => {
    await begin();
    system.faults.queuesDown.add("identity");
    const answer = await system.call("POST", path, streamed);

    expect(answer.status).toBe(503);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
  });

  it.each([
    ["text/event-stream;q=0.9, application/json;q=0.5", "text/event-stream; charset=utf-8"],
    ["text/event-stream, */*;q=0.1", "text/event-stream; charset=utf-8"],
    ["*/*", "application/json; charset=utf-8"],
    ["application/json, text/event-stream;q=0.5", "application/json; charset=utf-8"],
    ["text/html", "application/json; charset=utf-8"],
    ["text/event-stream;q=0", "application/json; charset=utf-8"],
  ])("is one only for who prefers it: %s", async (accept, type) => {
    await begin();
    const { headers } = await system.call("POST", path, { headers: { accept }, body: "" });

    expect(headers["content-type"]).toBe(type);
  });
});

describe("a client that hangs up", () => {
  it.each([
    ["on a stream", streamed],
    ["on an answer", { body: "" }],
  ])("%s leaves nobody waiting, and its operation goes on", async (_, options) => {
    await begin({ workers: [] });
    const opening = system.open("POST", path, options);
    // An answer's head has not come yet: only a stream gives a response to destroy.
    opening.catch(() => {});
    await untilWaiting(1);
    if (options === streamed) (await opening).destroy();
    else system.hangUp();
    await untilWaiting(0);
    for (const worker of ["identity", "session", "token"] as const) await system.startWorker(worker);

    await eventually("the outcome stands", () => system.table("operations").dump().length === 1);
    const counted = 'route="/api/v2/auth/anonymous",method="POST",status="aborted"} 1';
    await eventually("it is counted", async () => (await system.call("GET", "/metrics")).text.includes(counted));
    expect(system.table("operations").dump()[0]?.value).toMatchObject({ outcome: { state: "succeeded" } });
    expect(system.gateway.counts().waiting).toBe(0);
  });

  it("disturbs nobody else", async () => {
    await begin({ workers: ["identity"] });
    const [gone, stays] = [await system.open("POST", path, streamed), await system.open("POST", path, streamed)];
    const text = collected(stays);
    gone.destroy();
    await untilWaiting(1);
    await system.startWorker("session");
    await system.startWorker("token");

    await eventually("the other one has ended", () => stays.readableEnded);
    expect(sseEvents(text()).map(({ event }) => event)).toEqual(["accepted", "progress", "progress", "token-delivery"]);
    expect(sseEvents(text())[0]?.data["operationId"]).toBe(stays.headers["x-operation-id"]);
    expect(system.gateway.counts().waiting).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Log } from "@lanyard/messaging";
import { eventually } from "@lanyard/messaging/testing";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn } from "../support/visitor.ts";

interface Line extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly message: string;
}

const lines: Line[] = [];
const at =
  (level: string) =>
  (fields: object, message: string): void =>
    void lines.push({ ...fields, level, message });
const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };

/** Errors with what a log shows of them. */
const written = (): string =>
  JSON.stringify(lines, (_, value: unknown) =>
    value instanceof Error ? `${value.name}: ${value.message} ${value.stack}` : value,
  );
const requests = (): readonly Line[] => lines.filter(({ message }) => message === "request");

let system: InProcessSystem;
beforeAll(async () => {
  system = await inProcessSystem({ log });
});
afterAll(() => system.stop());

describe("the log of a gateway", () => {
  it("has one line for each request, with what ties it to the rest", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const before = requests().length;
    const answer = await system.call("POST", "/api/v2/auth/anonymous", {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    const operationId = answer.headers["x-operation-id"];

    // A line is written when the answer is over, which its reader may see first.
    await eventually("the line is there", () => requests().length > before);
    expect(requests().slice(before)).toEqual([
      {
        level: "info",
        message: "request",
        requestId: answer.headers["x-request-id"],
        traceId,
        operationId,
        route: "/api/v2/auth/anonymous",
        method: "POST",
        status: 201,
        seconds: 0,
      },
    ]);
    const commands = lines.filter((line) => "command" in line && line["operationId"] === operationId);
    expect(commands.map((line) => [line["command"], line["traceId"]])).toEqual([
      ["identity.createAnonymousUser", traceId],
      ["session.open", traceId],
      ["token.issue", traceId],
    ]);
  });

  it("is quiet about probes", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      await system.call("GET", path);
      const line = await eventually("the line is there", () => requests().find(({ route }) => route === path));
      expect(line.level).toBe("debug");
    }
  });

  it("names nobody and holds no secret, whatever is sent and whatever fails", async () => {
    const visitor = await signIn(system);
    const pending = await system.call("POST", "/api/v2/auth/anonymous", { headers: { prefer: "respond-async" } });
    const { operationSecret } = pending.body as { operationSecret: string };
    const { authorization } = visitor.bearer;
    await system.call("GET", "/api/v2/auth/session", { headers: { authorization, "x-user-id": visitor.userId } });
    await system.call("GET", pending.headers["location"] ?? "", {
      headers: { "x-operation-secret": operationSecret },
    });
    await system.call("POST", "/api/v2/auth/anonymous", { json: { password: "secret-word" } });
    await system.call("POST", "/api/v2/auth/anonymous", {
      body: '{"secret-word',
      headers: { "content-type": "application/json" },
    });
    await system.request("GET", "/secret-word?token=secret-word", { headers: { cookie: "secret-word" } });
    const [stored] = (await system.table("session").list(`user#${visitor.userId}`)).items;
    if (stored === undefined) throw new Error("there is no session");
    await system.table("session").replace(stored, { odd: "secret-word" }, { writtenBy: "test" });
    expect((await system.call("GET", "/api/v2/auth/session", { headers: { authorization } })).status).toBe(500);
    system.faults.tablesDown.add("session");
    expect((await system.call("GET", "/api/v2/auth/session", { headers: { authorization } })).status).toBe(503);
    system.faults.tablesDown.clear();

    const text = written();
    expect(text).toContain("a request failed");
    for (const secret of [visitor.accessToken, visitor.userId, visitor.sessionId, operationSecret, "secret-word"]) {
      expect(text).not.toContain(secret);
    }
  });
});

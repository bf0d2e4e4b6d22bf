import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn } from "../support/visitor.ts";

const path = "/api/v2/auth/anonymous";

let system: InProcessSystem;
beforeEach(async () => {
  system = await inProcessSystem();
});
afterEach(() => system.stop());

describe("a command while its queue", () => {
  it("is down is refused, to be sent again", async () => {
    system.faults.queuesDown.add("identity");
    const answer = await system.call("POST", path);

    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: "service_unavailable" });
    expect(answer.headers).toMatchObject({ "retry-after": "2", "x-operation-id": expect.stringContaining("op_") });
    expect(system.gateway.counts().waiting).toBe(0);
    system.faults.queuesDown.clear();
    await system.clock.advance(5000);
    expect((await system.call("POST", path)).status).toBe(201);
  });

  it("does not exist is an error of ours", async () => {
    await system.transport.deleteQueue("identity");
    const answer = await system.call("POST", path);

    expect([answer.status, (answer.body as { code: string }).code]).toEqual([500, "internal_error"]);
    expect(JSON.stringify(answer.body)).not.toContain("identity");
    expect(system.gateway.counts().waiting).toBe(0);
  });

  it("says neither yes nor no is refused when the request may take no longer", async () => {
    system.faults.queuesHanging.add("identity");
    const answer = system.call("POST", path);
    await eventually("the request waits", () => system.gateway.counts().waiting === 1);
    await system.clock.advance(10_000);

    expect((await answer).status).toBe(503);
    expect(system.gateway.counts().waiting).toBe(0);
  });
});

describe("a read while its table is down", () => {
  it.each([
    ["the session", "session"],
    ["the user, by its id", "identity"],
    ["the operation", "operations"],
  ])("of %s is refused, to be sent again", async (_, table) => {
    const visitor = await signIn(system);
    const pending = await system.call("POST", path, { headers: { prefer: "respond-async" } });
    const { operationSecret } = pending.body as { operationSecret: string };
    system.faults.tablesDown.add(table);
    const answers = {
      session: () => system.call("GET", "/api/v2/auth/session", { headers: visitor.bearer }),
      identity: () => system.call("GET", "/api/v2/auth/session", { headers: { "x-user-id": visitor.userId } }),
      operations: () =>
        system.call("GET", pending.headers["location"] ?? "", { headers: { "x-operation-secret": operationSecret } }),
    };
    const answer = await answers[table as keyof typeof answers]();

    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ "retry-after": "2", "content-type": "application/problem+json" });
  });
});

describe("while the table of keys is down", () => {
  beforeEach(() => void system.faults.tablesDown.add("token"));

  it("known tokens are verified, and the keys still published", async () => {
    system.faults.tablesDown.clear();
    const visitor = await signIn(system);
    system.faults.tablesDown.add("token");
    await system.clock.advance(60_000);

    expect((await system.call("GET", "/api/v2/auth/session", { headers: visitor.bearer })).status).toBe(200);
    expect((await system.call("GET", "/.well-known/jwks.json")).status).toBe(200);
    expect((await system.call("GET", "/readyz")).status).toBe(200);
  });

  it("a token of an unknown key is neither good nor bad", async () => {
    const other = await inProcessSystem();
    const { bearer } = await signIn(other);
    await other.stop();
    await system.clock.advance(2000);

    expect((await system.call("GET", "/api/v2/auth/session", { headers: bearer })).status).toBe(503);
    system.faults.tablesDown.clear();
    const asked = system.call("GET", "/api/v2/auth/session", { headers: bearer });
    expect(await system.whileTimePasses(asked, 20)).toMatchObject({ status: 401 });
  });
});

describe("an item that cannot be read", () => {
  it("is an error of ours, and is not shown", async () => {
    const visitor = await signIn(system);
    const [stored] = (await system.table("session").list(`user#${visitor.userId}`)).items;
    if (stored === undefined) throw new Error("there is no session");
    await system.table("session").replace(stored, { odd: "secret-word" }, { writtenBy: "test" });
    const answer = await system.call("GET", "/api/v2/auth/session", { headers: visitor.bearer });

    expect([answer.status, (answer.body as { code: string }).code]).toEqual([500, "internal_error"]);
    expect(answer.text).not.toContain("secret-word");
  });
});

import { afterEach, describe, expect, it } from "@jest/globals";
import { outcomes } from "@lanyard/messaging";
import { eventually, virtualClock } from "@lanyard/messaging/testing";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn } from "../support/visitor.ts";

const path = "/api/v2/auth/anonymous";
const async = { headers: { prefer: "respond-async" } };

interface Pending {
  readonly operationId: string;
  readonly operationSecret: string;
  readonly location: string;
}

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await inProcessSystem(options);
};
afterEach(() => system.stop());

const codeOf = ({ status, body }: HttpAnswer): string => `${status} ${(body as { code?: string }).code}`;
const read = (location: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  system.call("GET", location, { headers });
const withSecret = (secret: string) => ({ "x-operation-secret": secret });

async function askAsync(): Promise<Pending> {
  const answer = await system.call("POST", path, async);
  if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
  const { operationId, operationSecret } = answer.body as Pending;
  return { operationId, operationSecret, location: answer.headers["location"] ?? "" };
}
const ended = ({ operationId }: Pending): Promise<unknown> =>
  eventually("the operation has ended", () => outcomes(system.table("operations")).read(operationId));

describe("a command that is answered at once", () => {
  it("says where to read on, and is pending until its workers have run", async () => {
    await begin({ workers: [] });
    const answer = await system.call("POST", path, async);
    const { operationId, operationSecret } = answer.body as Pending;

    expect(answer.status).toBe(202);
    expect(answer.headers).toMatchObject({ "retry-after": "1", "x-operation-id": operationId });
    expect(answer.headers["location"]).toBe(`/api/v2/operations/${operationId}`);
    const pending = await read(`/api/v2/operations/${operationId}?again=1`, withSecret(operationSecret));
    expect(pending.status).toBe(202);
    expect(pending.body).toEqual({ operationId, status: "pending" });
    expect(pending.headers).toMatchObject({ location: answer.headers["location"], "x-operation-id": operationId });
  });

  it("reads, once it has ended, as what the answer would have been, every time alike", async () => {
    await begin();
    const pending = await askAsync();
    await ended(pending);
    const [once, again] = [
      await read(pending.location, withSecret(pending.operationSecret)),
      await read(pending.location, withSecret(pending.operationSecret)),
    ];

    expect(once.status).toBe(200);
    expect(once.text).toBe(again.text);
    const { status, result } = once.body as { status: string; result: { tokens: { accessToken: string } } };
    expect(status).toBe("succeeded");
    const session = await system.call("GET", "/api/v2/auth/session", {
      headers: { authorization: `Bearer ${result.tokens.accessToken}` },
    });
    expect(session.body).toMatchObject({ user: (result as object as { user: object }).user });
  });

  it("is answered 202 also when its outcome stands already", async () => {
    await begin();
    for (const headers of [{ prefer: "respond-async" }, { prefer: "wait=0" }, { prefer: "foo, Respond-Async; x=1" }]) {
      expect((await system.call("POST", path, { headers })).status).toBe(202);
    }
    await eventually("nobody waits", () => system.gateway.counts().waiting === 0);
  });
});

describe("an operation", () => {
  it("is not there for whoever does not hold its secret", async () => {
    await begin();
    const [one, other] = [await askAsync(), await askAsync()];
    const visitor = await signIn(system);
    await ended(one);
    const stranger = one.operationId.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    const answers = {
      bare: await read(one.location),
      otherSecret: await read(one.location, withSecret(other.operationSecret)),
      emptySecret: await read(one.location, withSecret("")),
      kidOnly: await read(one.location, withSecret("k1.")),
      anotherUser: await read(one.location, visitor.bearer),
      visitorId: await read(one.location, { "x-user-id": visitor.userId }),
      userAndOddId: await read(one.location, { ...visitor.bearer, "x-user-id": one.operationId }),
      twoUsers: await read(one.location, { ...visitor.bearer, "x-user-id": "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d" }),
      basic: await read(one.location, { authorization: "Basic abc" }),
      badToken: await read(one.location, { authorization: "Bearer abc" }),
      secretAndToken: await read(one.location, { ...visitor.bearer, ...withSecret(other.operationSecret) }),
      forged: await read(`/api/v2/operations/${stranger}`, withSecret(one.operationSecret)),
    };

    expect(Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, codeOf(answer)]))).toEqual({
      bare: "404 operation_not_found",
      otherSecret: "404 operation_not_found",
      emptySecret: "404 operation_not_found",
      kidOnly: "404 operation_not_found",
      anotherUser: "404 operation_not_found",
      visitorId: "404 operation_not_found",
      userAndOddId: "404 operation_not_found",
      twoUsers: "404 operation_not_found",
      basic: "404 operation_not_found",
      badToken: "401 token_invalid",
      secretAndToken: "404 operation_not_found",
      forged: "404 operation_not_found",
    });
    expect(JSON.stringify(Object.values(answers).map(({ body }) => body))).not.toContain("accessToken");
  });

  it.each(["op_", "x", "op_%00", "op_%F0%9F%98%80", "..%2F..%2Fhealthz", "op_".padEnd(4000, "0")])(
    "named %s is none",
    async (id) => {
      await begin({ workers: [] });
      const { operationSecret } = await askAsync();

      expect(codeOf(await read(`/api/v2/operations/${id}`, withSecret(operationSecret)))).toBe(
        "404 operation_not_found",
      );
    },
  );

  it("keeps an answer that carried secrets for ten minutes", async () => {
    await begin();
    const pending = await askAsync();
    await ended(pending);
    await system.clock.advance(600_000);
    const before = await read(pending.location, withSecret(pending.operationSecret));
    await system.clock.advance(1);
    const after = await read(pending.location, withSecret(pending.operationSecret));

    expect(before.status).toBe(200);
    expect(codeOf(after)).toBe("409 outcome_gone");
  });

  it.each([
    ["that has ended", true],
    ["that nobody has carried out", false],
  ])("%s is forgotten after a day", async (_, carriedOut) => {
    const calm = virtualClock();
    let skippedMs = 0;
    await begin({
      clock: { ...calm, now: () => calm.now() + skippedMs },
      workers: carriedOut ? ["identity", "session", "token"] : [],
    });
    const pending = await askAsync();
    if (carriedOut) await ended(pending);
    skippedMs = 24 * 3600_000;
    const before = await read(pending.location, withSecret(pending.operationSecret));
    skippedMs += 1;
    const after = await read(pending.location, withSecret(pending.operationSecret));

    expect(codeOf(before)).toBe(carriedOut ? "409 outcome_gone" : "202 undefined");
    expect(codeOf(after)).toBe("404 operation_not_found");
  });

  it("that was refused says so, with the problem", async () => {
    await begin({ workers: [] });
    const pending = await askAsync();
    await outcomes(system.table("operations")).record({
      operationId: pending.operationId,
      flow: { name: "createAnonymousSession", version: 1 },
      caller: { kind: "none" },
      outcome: { state: "failed", problem: { code: "operation_expired" } },
      finishedAt: new Date(system.clock.now()).toISOString(),
    });
    const answer = await read(pending.location, withSecret(pending.operationSecret));

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: "failed", problem: { code: "operation_expired", status: 504 } });
  });

  it("that nobody took within a day is not carried out any more, and says so", async () => {
    const calm = virtualClock();
    let skippedMs = 0;
    await begin({ clock: { ...calm, now: () => calm.now() + skippedMs }, workers: [] });
    const pending = await askAsync();
    skippedMs = 24 * 3600_000 + 1;
    await system.startWorker("identity");
    await ended(pending);
    const answer = await read(pending.location, withSecret(pending.operationSecret));

    expect(answer.body).toMatchObject({ status: "failed", problem: { code: "operation_expired" } });
    expect(system.table("identity").dump()).toEqual([]);
  });
});

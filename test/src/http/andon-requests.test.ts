import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  andonSystem,
  everywhere,
  operator,
  pull,
  pullsStanding,
  receipt,
  revocationIdOf,
  told,
} from "../support/andon.ts";
import type { InProcessOptions, InProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { signIn, wordsOf } from "../support/visitor.ts";

const gone = "403 session_revoked operator";
const path = "/api/v2/admin/sessions/revoke";
const reason = "A lost laptop";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await andonSystem(options);
};
afterEach(() => system.stop());

const ask = (json: unknown, query = "", headers: Readonly<Record<string, string>> = {}) =>
  system.call("POST", `${path}${query}`, { headers: { ...operator, ...headers }, json });

describe("whoever pulls the cord", () => {
  it("is told the id of the revocation once it is in force, and is named in the events", async () => {
    await begin();
    const answer = await pull(system, { kind: "all" });
    const revocationId = revocationIdOf(answer);

    expect(answer.headers["x-operation-id"]).toMatch(/^op_/);
    expect(told(system, "andon.pulled")).toEqual([
      { revocationId, number: 1, scope: { kind: "all" }, reason, pulledBy: "key:deploy" },
    ]);
    expect(told(system, "operator.acted")).toEqual([
      { by: "key:deploy", action: "revokeSessions", targets: [revocationId] },
    ]);
  });

  it("pulls it once with one Idempotency-Key: the same answer again, and nobody who came since is ended", async () => {
    await begin();
    const key = { "idempotency-key": randomUUID() };
    const first = await pull(system, { kind: "all" }, key);
    await settled(system);
    const { bearer } = await signIn(system);
    const again = await pull(system, { kind: "all" }, key);
    await settled(system);

    expect([again.status, again.text]).toEqual([202, first.text]);
    expect(revocationIdOf(again)).toBe(revocationIdOf(first));
    expect(again.headers["x-operation-id"]).toBe(first.headers["x-operation-id"]);
    expect(pullsStanding(system)).toBe(1);
    expect(await everywhere(system, bearer)).toBe("200");
    expect(wordsOf(await pull(system, { kind: "anonymous" }, key))).toBe("422 idempotency_key_reused");
    expect(wordsOf(await system.call("DELETE", "/api/v2/admin/tokens", { headers: { ...operator, ...key } }))).toBe(
      "422 idempotency_key_reused",
    );
  });

  it("pulls it once when the gateway that was asked dies before it has sent anything, and the request comes again", async () => {
    await begin();
    const key = { "idempotency-key": randomUUID() };
    system.faults.loses = (queue) => queue === "session";
    const lost = await pull(system, { kind: "all" }, { ...key, prefer: "respond-async" });
    expect(lost.body).toMatchObject({ status: "pending" });
    system.faults.loses = () => false;
    await system.clock.advance(2001);
    const again = await pull(system, { kind: "all" }, key);

    expect(again.headers["x-operation-id"]).toBe(lost.headers["x-operation-id"]);
    expect((await receipt(system, revocationIdOf(again))).status).toBe(200);
    expect(pullsStanding(system)).toBe(1);
  });

  it("pulls it once when the same request was sent to the queue twice, and both are carried out", async () => {
    await begin({ workers: ["identity", "token", "notification"] });
    const key = { "idempotency-key": randomUUID(), prefer: "respond-async" };
    expect((await pull(system, { kind: "all" }, key)).body).toMatchObject({ status: "pending" });
    await system.clock.advance(2001);
    expect((await pull(system, { kind: "all" }, key)).body).toMatchObject({ status: "pending" });
    expect(system.transport.held("session")).toHaveLength(2);
    await system.startWorker("session");
    await settled(system);

    expect(pullsStanding(system)).toBe(1);
    expect(told(system, "andon.pulled").map(({ number }) => number)).toEqual([1, 1]);
  });

  it("pulls it twice by asking twice", async () => {
    await begin();
    const first = revocationIdOf(await pull(system, { kind: "all" }));
    const { bearer } = await signIn(system);
    const second = revocationIdOf(await pull(system, { kind: "all" }));

    expect(first).not.toBe(second);
    expect(pullsStanding(system)).toBe(2);
    await system.clock.settle();
    expect(await everywhere(system, bearer)).toBe(gone);
  });

  it.each([
    [{ reason }, "scope"],
    [{ scope: { kind: "all" } }, "reason"],
    [{ scope: { kind: "all" }, reason: "" }, "reason"],
    [{ scope: { kind: "everybody" }, reason }, "scope.kind"],
    [{ scope: { kind: "all", userId: randomUUID() }, reason }, "scope"],
    [{ scope: { kind: "user" }, reason }, "scope.userId"],
    [{ scope: { kind: "user", userId: "ada" }, reason }, "scope.userId"],
    [{ scope: { kind: "method", method: "fax" }, reason }, "scope.method"],
    [{ scope: { kind: "openedBefore", at: "noon" }, reason }, "scope.at"],
    [{ scope: { kind: "openedBefore", at: "2026-01-01T00:01:00.001Z" }, reason }, "scope.at"],
    [{ scope: { kind: "ipRange", cidr: "198.51.100.1" }, reason }, "scope.cidr"],
    [{ scope: { kind: "ipRange", cidr: "198.51.100.0/33" }, reason }, "scope.cidr"],
    [{ scope: { kind: "ipRange", cidr: "2001:db8::/129" }, reason }, "scope.cidr"],
  ])("is told what is wrong, and pulls nothing: %j", async (json, wrong) => {
    await begin({ gateways: 1 });
    const answer = await ask(json);

    expect(answer.body).toMatchObject({ status: 400, code: "validation_failed", errors: [{ path: wrong }] });
    expect((await ask(json, "?dryRun=true")).body).toMatchObject({ status: 400, errors: [{ path: wrong }] });
    expect(pullsStanding(system)).toBe(0);
  });

  it("may be a minute ahead of this deployment's time", async () => {
    await begin({ gateways: 1 });
    const scope = { kind: "openedBefore", at: "2026-01-01T00:01:00.000Z" };

    expect((await ask({ scope, reason })).status).toBe(202);
  });

  it.each(["?dryrun=true", "?dryRun=yes", "?dryRun=true&dryRun=true", "?dry_run=1"])(
    "pulls nothing by a slip: %s",
    async (query) => {
      await begin({ gateways: 1 });
      const answer = await system.request("POST", `${path}${query}`, {
        headers: operator,
        json: { scope: { kind: "all" }, reason },
      });

      expect(wordsOf(answer)).toBe("400 validation_failed");
      expect(pullsStanding(system)).toBe(0);
    },
  );
});

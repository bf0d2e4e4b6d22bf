import { afterEach, describe, expect, it } from "@jest/globals";
import { andonSchemas } from "@lanyard/contracts";
import { eventually } from "@lanyard/messaging/testing";
import { accountFrom, andonSystem, operator, pull, receipt, revocationIdOf, visitorFrom } from "../support/andon.ts";
import type { InProcessOptions, InProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { collected, sseEvents } from "../support/sse-events.ts";
import { refresh, signIn, tokensOf, wordsOf } from "../support/visitor.ts";

const HERE = "198.51.100.1";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await andonSystem(options);
};
afterEach(() => system.stop());

const readAt = async (revocationId: string) =>
  andonSchemas.revocationReceipt.parse((await receipt(system, revocationId)).body);
const nobodySweeps = (): void => {
  system.faults.loses = (queue) => queue === "session-bulk";
};

describe("the receipt of a pull", () => {
  it("reaches done with all gateways confirmed", async () => {
    await begin();
    await visitorFrom(system, HERE);
    await accountFrom(system, HERE);
    const revocationId = revocationIdOf(await pull(system, { kind: "accounts" }));
    await settled(system);

    expect(await readAt(revocationId)).toEqual({
      revocationId,
      state: "done",
      number: 1,
      scope: { kind: "accounts" },
      reason: "A lost laptop",
      pulledBy: "key:deploy",
      effectiveAt: expect.any(String),
      matched: 1,
      swept: 1,
      gateways: { known: 3, confirmed: 3 },
      propagationMs: { p50: 0, p95: 0, p99: 0, max: 0 },
    });
  });

  it("is effective before anything is swept", async () => {
    await begin();
    nobodySweeps();
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await system.clock.settle();

    expect(await readAt(revocationId)).toMatchObject({ state: "effective", matched: 0, swept: 0 });
  });

  it("says how long it took the gateways that no event reached: not longer than a second", async () => {
    await begin({ events: false });
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await system.clock.settle();
    expect(await readAt(revocationId)).toMatchObject({
      gateways: { known: 3, confirmed: 1 },
      propagationMs: { p50: 0, max: 0 },
    });
    await system.clock.advance(1000);
    const { gateways, propagationMs } = await readAt(revocationId);

    expect(gateways).toEqual({ known: 3, confirmed: 3 });
    expect(propagationMs?.p50).toBe(propagationMs?.max);
    expect(propagationMs?.max).toBeGreaterThan(0);
    expect(propagationMs?.max).toBeLessThanOrEqual(1000);
  });

  it("misses the gateway that cannot say that it refuses, until it can", async () => {
    await begin();
    system.gateways[2]?.tablesDown.add("gateway");
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await system.clock.advance(30_000);
    expect((await readAt(revocationId)).gateways).toEqual({ known: 3, confirmed: 2 });
    system.gateways[2]?.tablesDown.clear();
    await system.clock.advance(1000);

    expect(await readAt(revocationId)).toMatchObject({
      gateways: { known: 3, confirmed: 3 },
      propagationMs: { max: 0 },
    });
  });

  it("does not wait for a gateway that died, once its lease is over and it was reaped", async () => {
    await begin({ gateways: 2 });
    const [, dying] = system.gateways;
    // Killed: what it leaves behind it cannot take away, and it tells nobody anything any more.
    dying?.tablesDown.add("gateway").add("session");
    await system.clock.advance(30_000);
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await system.clock.advance(20_000);
    expect((await readAt(revocationId)).gateways).toEqual({ known: 2, confirmed: 1 });
    await system.clock.advance(120_000);

    expect((await readAt(revocationId)).gateways).toEqual({ known: 1, confirmed: 1 });
  });

  it("counts a gateway that was started soon after, and none that came later", async () => {
    await begin({ gateways: 1 });
    const { bearer } = await signIn(system);
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await system.clock.advance(60_000);
    const soon = await system.startGateway();
    await system.clock.settle();
    expect((await readAt(revocationId)).gateways).toEqual({ known: 2, confirmed: 2 });
    await system.clock.advance(1000);
    const late = await system.startGateway();
    await system.clock.settle();

    expect((await readAt(revocationId)).gateways).toEqual({ known: 2, confirmed: 2 });
    for (const gateway of [soon, late]) {
      expect(wordsOf(await gateway.call("GET", "/api/v2/auth/session", { headers: bearer }))).toBe(
        "403 session_revoked operator",
      );
    }
  });

  it("is not there for an id that nobody gave, nor for what is none", async () => {
    await begin({ gateways: 1 });

    expect(wordsOf(await receipt(system, "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90"))).toBe("404 revocation_not_found");
    expect(wordsOf(await receipt(system, "none"))).toBe("404 revocation_not_found");
  });

  it("is told as something that an operator has read", async () => {
    await begin({ gateways: 1 });
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await readAt(revocationId);
    const acted = () => system.transport.published("events").filter(({ body }) => body.includes("readRevocation"));
    await eventually("it is told", () => acted().length === 1);

    expect(acted()[0]?.body).toContain(`"targets":["${revocationId}"]`);
  });
});

describe("a receipt that is streamed", () => {
  const stream = async (revocationId: string, headers: Readonly<Record<string, string>> = operator) => {
    const path = `/api/v2/admin/revocations/${revocationId}`;
    const response = await system.open("GET", path, { headers: { ...headers, accept: "text/event-stream" } });
    const text = collected(response);
    let isOver = false;
    response.on("end", () => {
      isOver = true;
    });
    return { response, text, events: () => sseEvents(text()), isOver: () => isOver };
  };

  it("tells how it stands, each change, and at last that nothing will change any more", async () => {
    await begin();
    await visitorFrom(system, HERE);
    system.gateways[2]?.tablesDown.add("gateway");
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await settled(system);
    const { response, text, events, isOver } = await stream(revocationId);
    await eventually("it stands there", () => events().length === 1);
    expect(response.headers).toMatchObject({ "content-type": "text/event-stream; charset=utf-8" });
    expect(events()[0]).toMatchObject({
      event: "receipt",
      data: { type: "receipt", revocationId, state: "done", gateways: { known: 3, confirmed: 2 } },
    });
    await system.clock.advance(15_000);
    await eventually("a comment came", () => text().includes(": still here"));
    expect(events()).toHaveLength(1);
    system.gateways[2]?.tablesDown.clear();
    await system.clock.advance(1500);
    await eventually("it is over", isOver);

    expect(events().map(({ event }) => event)).toEqual(["receipt", "receipt", "done"]);
    expect(
      events()
        .slice(1)
        .map(({ data }) => data["gateways"]),
    ).toEqual(Array(2).fill({ known: 3, confirmed: 3 }));
  });

  it("of a pull that is done is over at once", async () => {
    await begin({ gateways: 1 });
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await settled(system);
    const { events, isOver } = await stream(revocationId);
    await eventually("it is over", isOver);

    expect(events().map(({ event }) => event)).toEqual(["receipt", "done"]);
  });

  it("goes on while the table is down", async () => {
    await begin({ gateways: 1 });
    nobodySweeps();
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await system.clock.settle();
    const { text, events, isOver } = await stream(revocationId);
    await eventually("it stands there", () => events().length === 1);
    system.tablesDown.add("gateway");
    await system.clock.advance(15_000);
    await eventually("a comment came", () => text().includes(": still here"));

    expect([isOver(), events().length]).toEqual([false, 1]);
    system.tablesDown.clear();
    system.hangUp();
  });

  it("is read no more for a client that has gone", async () => {
    await begin({ gateways: 1 });
    nobodySweeps();
    const revocationId = revocationIdOf(await pull(system, { kind: "all" }));
    await system.clock.settle();
    const { response, events } = await stream(revocationId);
    await eventually("it stands there", () => events().length === 1);
    response.destroy();
    await eventually("it is told that the operator has read", () =>
      system.transport.published("events").some(({ body }) => body.includes("readRevocation")),
    );
    await settled(system);
    let calls = 0;
    system.faults.pause = async () => void (calls += 1);
    await system.clock.advance(900);

    expect(calls).toBe(0);
  });

  it("ends for an operator whose own session ends, and says so", async () => {
    await begin({ gateways: 1 });
    nobodySweeps();
    const ada = await accountFrom(system, HERE);
    await system.call("PUT", `/api/v2/admin/users/${ada.userId}/roles`, {
      headers: operator,
      json: { roles: ["admin"] },
    });
    const admin = { authorization: `Bearer ${tokensOf(await refresh(system, ada.refreshToken)).accessToken}` };
    const revocationId = revocationIdOf(await pull(system, { kind: "anonymous" }));
    const { events, isOver } = await stream(revocationId, admin);
    await eventually("it stands there", () => events().length === 1);
    await pull(system, { kind: "accounts" });
    await system.clock.advance(500);
    await eventually("it is over", isOver);

    expect(events().at(-1)).toMatchObject({
      event: "problem",
      data: { problem: { code: "session_revoked", reason: "operator" } },
    });
  });

  it("of an id that nobody gave is no stream", async () => {
    await begin({ gateways: 1 });
    const { response } = await stream("5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90");

    expect([response.statusCode, response.headers["content-type"]]).toEqual([404, "application/problem+json"]);
  });
});

describe("the list of pulls", () => {
  const list = async (cursor?: unknown) => {
    const query = cursor === undefined ? "" : `?${new URLSearchParams({ cursor: String(cursor) })}`;
    return system.call("GET", `/api/v2/admin/revocations${query}`, { headers: operator });
  };
  const numbersIn = ({ body }: { readonly body: unknown }) =>
    (body as { readonly revocations: readonly { readonly number: number }[] }).revocations.map(({ number }) => number);

  it("has the newest first, fifty to a page", async () => {
    await begin({ gateways: 1 });
    expect((await list()).body).toEqual({ revocations: [] });
    for (let count = 0; count < 52; count += 1) await pull(system, { kind: "anonymous" });
    await settled(system);
    const first = await list();
    const second = await list((first.body as { readonly cursor: string }).cursor);

    expect(numbersIn(first)).toEqual(Array.from({ length: 50 }, (_, index) => 52 - index));
    expect(numbersIn(second)).toEqual([2, 1]);
    expect(second.body).toEqual({
      revocations: [2, 1].map((number) => expect.objectContaining({ number, state: "done", pulledBy: "key:deploy" })),
    });
    expect((await list("aGVhZA")).body).toMatchObject({ status: 400, errors: [{ path: "cursor" }] });
  });
});

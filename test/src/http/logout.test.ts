import { afterEach, describe, expect, it } from "@jest/globals";
import { tables } from "@lanyard/contracts";
import { turnsFrom } from "@lanyard/messaging/testing";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { refresh, seenBy, signIn, tokensOf, type Visitor, wordsOf } from "../support/visitor.ts";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await inProcessSystem(options);
};
afterEach(() => system.stop());

const path = "/api/v2/auth/logout";
const logOut = (visitor: Pick<Visitor, "bearer">, at: Pick<InProcessSystem, "call"> = system) =>
  at.call("POST", path, { headers: visitor.bearer });
const here = (): InProcessSystem["gateways"][number] => gatewayAt(0);
const there = (): InProcessSystem["gateways"][number] => gatewayAt(1);
const gatewayAt = (index: number): InProcessSystem["gateways"][number] => {
  const gateway = system.gateways[index];
  if (gateway === undefined) throw new RangeError(`there is no gateway ${index}`);
  return gateway;
};
const gone = "403 session_revoked logout";

describe("whoever logs out", () => {
  it("is told that it is done, with an operation and without a body", async () => {
    await begin();
    const visitor = await signIn(system);
    const answer = await logOut(visitor);

    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers["x-operation-id"]).toMatch(/^op_/);
  });

  it("is out at this gateway at once: by token, by id and by refresh token", async () => {
    await begin({ events: false });
    const visitor = await signIn(system);
    await logOut(visitor);

    // Answered from the view: the session's table need not be asked.
    here().tablesDown.add("session");
    expect(await seenBy(system, visitor.bearer)).toBe(gone);
    here().tablesDown.clear();
    expect(await seenBy(system, { "x-user-id": visitor.userId })).toBe("401 unauthenticated");
    expect(wordsOf(await refresh(system, visitor.refreshToken))).toBe("401 refresh_token_invalid");
  });

  it("is out at the other gateways at once when events come through", async () => {
    await begin({ gateways: 2 });
    const visitor = await signIn(system);
    expect(await seenBy(there(), visitor.bearer)).toBe("200");
    await logOut(visitor, here());
    await system.clock.settle();
    there().tablesDown.add("session");

    expect(await seenBy(there(), visitor.bearer)).toBe(gone);
  });

  it("is out at the other gateways within a second when no event does", async () => {
    await begin({ gateways: 2, events: false });
    const visitor = await signIn(system);
    await logOut(visitor, here());
    await system.clock.advance(1000);
    there().tablesDown.add("session");

    expect(await seenBy(there(), visitor.bearer)).toBe(gone);
  });

  it("is refused the second time, as everywhere", async () => {
    await begin();
    const visitor = await signIn(system);
    await logOut(visitor);

    expect(wordsOf(await logOut(visitor))).toBe(gone);
  });

  it("leaves others in, also another visitor at the same gateway", async () => {
    await begin();
    const [visitor, other] = [await signIn(system), await signIn(system)];
    await logOut(visitor);
    await system.clock.advance(2000);

    expect(await seenBy(system, other.bearer)).toBe("200");
  });

  it.each([
    ["nobody", () => ({}), "401 unauthenticated"],
    ["a visitor's id", ({ userId }: Visitor) => ({ "x-user-id": userId }), "401 unauthenticated"],
    ["no token", () => ({ authorization: "Bearer x" }), "401 token_invalid"],
  ])("has to show an access token: %s", async (_, headers, said) => {
    await begin();
    const visitor = await signIn(system);
    const answer = await system.call("POST", path, { headers: headers(visitor) });

    expect(wordsOf(answer)).toBe(said);
    expect(answer.headers).not.toHaveProperty("x-operation-id");
    expect(await seenBy(system, visitor.bearer)).toBe("200");
  });

  it("may ask for the answer later, and be out all the same", async () => {
    await begin();
    const visitor = await signIn(system);
    const headers = { ...visitor.bearer, prefer: "respond-async" };
    const answer = await system.call("POST", path, { headers });
    expect(answer.status).toBe(202);
    expect(answer.body).not.toHaveProperty("operationSecret");
    await system.clock.advance(1000);

    expect(await seenBy(system, visitor.bearer)).toBe(gone);
  });

  it("is answered in JSON also when it would rather have a stream", async () => {
    await begin();
    const visitor = await signIn(system);
    const headers = { ...visitor.bearer, accept: "text/event-stream" };

    expect((await system.call("POST", path, { headers })).status).toBe(204);
  });
});

describe("a session that was ended by several at once", () => {
  it("ends once, and every one is answered", async () => {
    await begin({ gateways: 2 });
    const visitor = await signIn(system);
    system.faults.pause = turnsFrom(1);
    const answers = await Promise.all([0, 1, 0, 1].map((index) => logOut(visitor, gatewayAt(index))));

    // One that was authenticated only after another had ended is told so, as by its retry.
    expect(answers.map(wordsOf)).toContain("204");
    expect(answers.map(wordsOf).filter((said) => !["204", "403 session_revoked logout"].includes(said))).toEqual([]);
    await system.clock.settle();
    const events = system.transport
      .published("events")
      .filter(({ attributes }) => attributes["type"] === "session.revoked");
    expect(new Set(events.map(({ body }) => (JSON.parse(body) as { id: string }).id)).size).toBe(1);
  });
});

describe("a gateway that is cut off from its tables", () => {
  it("lets nobody in from six seconds on, says what is missing, and goes on when they are back", async () => {
    await begin({ gateways: 2, events: false });
    const [known, visitor, other] = [await signIn(system), await signIn(system), await signIn(system)];
    await logOut(known);
    await system.clock.advance(1000);
    for (const table of tables) there().tablesDown.add(table);
    await logOut(visitor, here());
    const said: string[] = [];
    for (let ms = 0; ms <= 8000; ms += 500) {
      said.push(await seenBy(there(), visitor.bearer));
      await system.clock.advance(500);
    }

    expect(said).not.toContain("200");
    expect(new Set(said.slice(12))).toEqual(new Set(["503 revocation_view_stale"]));
    expect(wordsOf(await logOut(visitor, there()))).toBe("503 revocation_view_stale");
    expect(await seenBy(there(), other.bearer)).toBe("503 revocation_view_stale");
    expect(await seenBy(there(), known.bearer)).toBe(gone);
    const readiness = await there().call("GET", "/readyz");
    expect(readiness.status).toBe(503);
    expect((readiness.body as { missing: string[] }).missing).toContain("revocation view");
    expect((await here().call("GET", "/readyz")).status).toBe(200);

    there().tablesDown.clear();
    await system.clock.advance(4000);
    expect(await seenBy(there(), other.bearer)).toBe("200");
    expect(await seenBy(there(), visitor.bearer)).toBe(gone);
    expect((await there().call("GET", "/readyz")).status).toBe(200);
  });
});

describe("a refresh that races a logout", () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "leaves nothing that lets anyone in: seed %d",
    async (seed) => {
      await begin({ gateways: 2 });
      const visitor = await signIn(system);
      system.faults.pause = turnsFrom(seed + 1);
      const [first, second, out] = await Promise.all([
        refresh(here(), visitor.refreshToken),
        refresh(there(), visitor.refreshToken),
        logOut(visitor, seed % 2 === 0 ? here() : there()),
      ]);
      system.faults.pause = async () => {};
      expect(wordsOf(out)).toBe("204");
      await system.clock.advance(1000);

      const tokens = [visitor, ...[first, second].filter(({ status }) => status === 200).map(tokensOf)];
      for (const { accessToken, refreshToken } of tokens) {
        for (const gateway of system.gateways) {
          expect(await seenBy(gateway, { authorization: `Bearer ${accessToken}` })).toBe(gone);
        }
        expect(wordsOf(await refresh(here(), refreshToken))).toBe("401 refresh_token_invalid");
      }
    },
  );
});

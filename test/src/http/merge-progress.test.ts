import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { httpSchemas } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import { eventually } from "@lanyard/messaging/testing";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { accountOf, MERGE, merge, mergedIn, merges, owned, save, whileItWaits } from "../support/merging.ts";
import { settled } from "../support/settled.ts";
import { sseEvents } from "../support/sse-events.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

/** More than two steps of a merge. */
const MANY = 60;
const opsKey = Buffer.alloc(32, 1).toString("base64url");
const stream = { accept: "text/event-stream" };

let system: InProcessSystem;
let ada: Visitor;
let visitor: Visitor;
beforeEach(async () => {
  system = await inProcessSystem({ settings: { opsKeys: [{ name: "test", hash: opsKeyHash(opsKey) }] } });
  ada = await accountOf(system);
  visitor = await signIn(system);
});
afterEach(() => system.stop());

const many = async (): Promise<void> => {
  for (let count = 0; count < MANY; count += 1) await save(system, visitor, `Configuration ${count}`);
};
/** Lets the merge worker's bulk queue lose everything until it is told otherwise: a merge stands still where it is. */
const halted = (afterSteps: number): (() => Promise<void>) => {
  let steps = 0;
  const kept: (() => Promise<void>)[] = [];
  system.faults.loses = (queue, message) => {
    if (queue !== "merge-bulk") return false;
    steps += 1;
    if (steps <= afterSteps) return false;
    kept.push(() => system.transport.send(queue, message));
    return true;
  };
  return async () => {
    system.faults.loses = () => false;
    for (const send of kept) await send();
  };
};
const readOperation = (id: string, { bearer }: Pick<Visitor, "bearer"> = ada): Promise<HttpAnswer> =>
  system.call("GET", `/api/v2/operations/${id}`, { headers: bearer });
const pending = { prefer: "respond-async" };
/** How many operations have ended whose result has this field. */
const outcomesOf = (field: string): number =>
  system
    .table("operations")
    .dump()
    .filter(({ value }) => JSON.stringify(value["outcome"] ?? "").includes(`"${field}"`)).length;

describe("a merge that nobody waits for", () => {
  it("answers 202, shows its progress, and its result at the end: to the account alone", async () => {
    await many();
    const goOn = halted(2);
    const accepted = await merge(system, ada, visitor, { headers: pending });
    const { operationId } = httpSchemas.pendingOperation.strict().parse(accepted.body);
    expect([accepted.status, accepted.headers["location"]]).toEqual([202, `/api/v2/operations/${operationId}`]);
    expect(accepted.body).not.toHaveProperty("operationSecret");
    await settled(system);
    const halfway = await readOperation(operationId);

    expect(halfway.status).toBe(202);
    expect(halfway.body).toEqual({ operationId, status: "pending", progress: { moved: 50, skipped: 0 } });
    for (const other of [visitor, await signIn(system), await accountOf(system, "bob@example.com")]) {
      expect((await readOperation(operationId, other)).status).toBeGreaterThanOrEqual(403);
    }
    await goOn();
    await settled(system);
    const { body } = await readOperation(operationId);
    const finished = httpSchemas.finishedOperation.parse(body);
    expect(finished).toMatchObject({ status: "succeeded", result: { moved: MANY, skipped: 0, held: 0 } });
    expect(finished.result).toEqual(mergedIn(await merge(system, ada, visitor)));
    expect(await owned(system, ada)).toHaveLength(MANY);
  });

  it("shows no progress before it has begun to move", async () => {
    const goOn = halted(0);
    const { body } = await merge(system, ada, visitor, { headers: pending });
    const { operationId } = httpSchemas.pendingOperation.parse(body);
    await settled(system);

    expect((await readOperation(operationId)).body).toEqual({ operationId, status: "pending" });
    await goOn();
  });

  it("can be read while the merge table is down, though nobody knows how far it is", async () => {
    await many();
    const goOn = halted(1);
    const { body } = await merge(system, ada, visitor, { headers: pending });
    const { operationId } = httpSchemas.pendingOperation.parse(body);
    await settled(system);
    system.tablesDown.add("merge");
    const answer = await readOperation(operationId);
    system.tablesDown.delete("merge");

    expect([answer.status, answer.body]).toEqual([202, { operationId, status: "pending" }]);
    await goOn();
  });
});

describe("a merge that finds another under way", () => {
  it("answers 202 with the first one's address when it takes longer than a request may", async () => {
    await many();
    const goOn = halted(2);
    const { body } = await merge(system, ada, visitor, { headers: pending });
    const { operationId } = httpSchemas.pendingOperation.parse(body);
    await settled(system);
    const joined = await whileItWaits(system, merge(system, ada, visitor));

    expect([joined.status, joined.headers["location"]]).toEqual([202, `/api/v2/operations/${operationId}`]);
    expect(joined.body).toEqual({ operationId, status: "pending", progress: { moved: 50, skipped: 0 } });
    expect(joined.headers["x-operation-id"]).not.toBe(operationId);
    // Its own address says the same, and where to look.
    const own = await readOperation(String(joined.headers["x-operation-id"]));
    expect([own.status, own.headers["location"], own.body]).toEqual([
      202,
      `/api/v2/operations/${operationId}`,
      joined.body,
    ]);
    await goOn();
    await settled(system);
    const results = await Promise.all(
      [operationId, String(joined.headers["x-operation-id"])].map(async (id) =>
        httpSchemas.finishedOperation.parse((await readOperation(id)).body),
      ),
    );
    expect(results[1]?.result).toEqual(results[0]?.result);
    expect(results[0]?.result).toMatchObject({ moved: MANY });
  });

  it("is answered when that one is done within its time", async () => {
    await many();
    const goOn = halted(1);
    await merge(system, ada, visitor, { headers: pending });
    await settled(system);
    const joining = merge(system, ada, visitor);
    await eventually("it waits", () => outcomesOf("joined") === 1);
    expect(merges(system)[0]?.moved).toBe(25);
    await goOn();

    expect(mergedIn(await whileItWaits(system, joining))).toMatchObject({ moved: MANY });
  });

  it("shows an operator which one it has joined", async () => {
    const first = await merge(system, ada, visitor);
    const again = await merge(system, ada, visitor);
    const headers = { authorization: `Bearer ${opsKey}` };
    const path = `/api/v2/admin/operations/${again.headers["x-operation-id"]}`;
    const { body } = await system.call("GET", path, { headers });

    expect(body).toMatchObject({ status: "succeeded", result: { joined: first.headers["x-operation-id"] } });
  });
});

describe("a merge that is streamed", () => {
  const streamed = async (): Promise<HttpAnswer> => merge(system, ada, visitor, { headers: stream });

  it("tells its steps, how far it is, and its result at the end", async () => {
    await many();
    const answer = await streamed();
    const events = sseEvents(answer.text);
    const result = mergedIn(await merge(system, ada, visitor));

    expect(
      events.map(({ event, data }) => [event, data["step"], data["position"], data["of"], data["detail"]]),
    ).toEqual([
      ["accepted", undefined, undefined, undefined, undefined],
      ["progress", "identity.claimVisitor", 1, 3, undefined],
      ["progress", "session.endVisitor", 2, 3, undefined],
      ["progress", "merge.moveItems", 2, 3, { moved: 25, skipped: 0 }],
      ["progress", "merge.moveItems", 2, 3, { moved: 50, skipped: 0 }],
      ...(events.length > 6 ? [["progress", "merge.moveItems", 2, 3, { moved: MANY, skipped: 0 }]] : []),
      ["merged", undefined, undefined, undefined, undefined],
    ]);
    expect(events.at(-1)?.data).toEqual({ type: "merged", ...result });
    expect(answer.text).not.toContain("token-delivery");
  });

  it("that joins another follows that one", async () => {
    await many();
    const goOn = halted(2);
    const { body } = await merge(system, ada, visitor, { headers: pending });
    const { operationId } = httpSchemas.pendingOperation.parse(body);
    await settled(system);
    const joined = sseEvents((await whileItWaits(system, streamed())).text);
    await goOn();
    await settled(system);
    const done = sseEvents((await streamed()).text);

    expect(joined.map(({ event, data }) => [event, data["detail"]])).toEqual([
      ["accepted", undefined],
      ["progress", { moved: 50, skipped: 0 }],
      ["pending", undefined],
    ]);
    expect(joined.at(-1)?.data).toMatchObject({ operationId, location: `/api/v2/operations/${operationId}` });
    expect(done.map(({ event }) => event)).toEqual(["accepted", "merged"]);
    expect(done.at(-1)?.data).toMatchObject({ moved: MANY });
  });

  it("ends with the problem when it is refused", async () => {
    const bob = await accountOf(system, "bob@example.com");
    mergedIn(await merge(system, bob, visitor));
    const { text } = await streamed();

    expect(sseEvents(text).map(({ event }) => event)).toEqual(["accepted", "problem"]);
    expect(sseEvents(text).at(-1)?.data).toMatchObject({ problem: { code: "already_merged", status: 409 } });
    expect(text).not.toContain(bob.userId);
  });
});

describe("a gateway that no event reaches", () => {
  it("knows as soon as it has answered that the visitor's sessions are over", async () => {
    const deaf = await inProcessSystem({ events: false });
    const [account, merged] = [await accountOf(deaf), await signIn(deaf)];
    const { status } = await merge(deaf, account, merged);
    // A route that does not look at the session's item itself.
    const seen = await deaf.call("GET", "/api/v2/data/configuration", { headers: merged.bearer });
    await deaf.stop();

    expect([status, wordsOf(seen)]).toEqual([200, "403 session_revoked merged"]);
  });
});

describe("a merge of several gateways", () => {
  it("is answered alike by each, and each knows that the visitor's sessions are over", async () => {
    const second = await system.startGateway();
    await save(system, visitor, "Network");
    const ask = (gateway: Pick<InProcessSystem, "call">) =>
      gateway.call("POST", MERGE, {
        headers: ada.bearer,
        json: { anonymous: { accessToken: visitor.accessToken } },
      });
    const answers = await whileItWaits(system, Promise.all([ask(system), ask(second)]));

    expect(answers.map(({ text }) => text)).toEqual([answers[0]?.text, answers[0]?.text]);
    expect(mergedIn(answers[0] as HttpAnswer)).toMatchObject({ moved: 1 });
    for (const gateway of [system, second]) {
      const seen = await gateway.call("GET", "/api/v2/auth/session", { headers: visitor.bearer });
      expect(wordsOf(seen)).toBe("403 session_revoked merged");
    }
  });
});

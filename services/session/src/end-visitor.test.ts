import { describe, expect, it } from "@jest/globals";
import { type Json, sessionItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, memoryItemStore } from "@lanyard/storage";
import { endVisitor } from "./end-visitor.ts";
import { revocationLog } from "./revocation-log.ts";
import { sessionEndings } from "./session-endings.ts";
import { sessionPulls } from "./session-pulls.ts";
import { sessionStore } from "./session-store.ts";
import {
  at,
  brokerNow,
  operation,
  runOnce,
  session,
  sessionIdOf,
  tableWith,
  userId,
} from "./testing/sessions-under-test.ts";
import { countWrites, dyingAt } from "./testing/troubled-table.ts";

const accountId = "4f8b8c5a-9c2a-8b7d-8e3f-4a5b6c7d8e9f";
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => session(index + 1, { userKind: "anonymous", method: "anonymous" }));

/** All steps of one operation of the account. */
async function run(table: ItemStore, count: number) {
  const handler = endVisitor({
    sessions: sessionStore(table, sessionPulls(table)),
    revocations: revocationLog(table),
    endings: sessionEndings(table, sessionPulls(table)),
    brokerNow,
  });
  const told: Record<string, unknown>[] = [];
  let cursor: Json | undefined;
  for (let steps = 1; ; steps += 1) {
    const input = { userId: accountId, visitorId: userId };
    const result = await runOnce(handler, count, input, cursor === undefined ? {} : { cursor });
    told.push(...result.events.map(({ data }) => data));
    if (result.kind === "done") return { steps, told, output: result.output };
    if (result.kind !== "again") throw new Error(result.kind);
    cursor = result.cursor;
  }
}
const sessionsIn = (table: MemoryItemStore) =>
  table
    .dump()
    .filter(({ key }) => key.sk.startsWith("session#"))
    .map(({ value }) => sessionItem.schema.parse(value));

describe("the sessions of a visitor who is part of an account", () => {
  it("end as merged, in item and log, each with its event, however many they are", async () => {
    const table = await tableWith(many(23));
    const { steps, told, output } = await run(table, 1);

    expect({ steps, output }).toEqual({ steps: 3, output: {} });
    const revoked = { at: at(0), reason: "merged", operationId: operation(1) };
    expect(sessionsIn(table).map((each) => each.revoked)).toEqual(many(23).map(() => revoked));
    expect(told).toEqual(many(23).map(({ sessionId }) => ({ userId, sessionId, reason: "merged" })));
    const logged = table.dump().filter(({ key }) => key.sk.startsWith("entry#"));
    expect(logged.map(({ value }) => value["reason"])).toEqual(many(23).map(() => "merged"));
  });

  it("are not those of the account", async () => {
    const table = await tableWith([session(1), session(2, { userId: accountId })]);
    await run(table, 1);

    expect(sessionsIn(table).filter(({ revoked }) => revoked !== undefined)).toMatchObject([
      { sessionId: sessionIdOf(1) },
    ]);
  });

  it("may be none", async () => {
    expect(await run(memoryItemStore(), 1)).toEqual({ steps: 1, told: [], output: {} });
  });

  it("end the same wherever the worker stops, and are told alike", async () => {
    const whole = await run(await tableWith(many(12)), 1);
    const writes = await countWrites(await tableWith(many(12)), (table) => run(table, 1));
    expect(writes).toBeGreaterThan(24);

    for (let index = 0; index < writes; index += 1) {
      for (const side of ["before", "after"] as const) {
        const table = await tableWith(many(12));
        await expect(run(dyingAt(table, index, side), 1)).rejects.toThrow("died");

        expect(await run(table, 1)).toEqual(whole);
        expect(sessionsIn(table).every(({ revoked }) => revoked?.reason === "merged")).toBe(true);
      }
    }
  });
});

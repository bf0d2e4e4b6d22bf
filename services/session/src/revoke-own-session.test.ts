import { describe, expect, it } from "@jest/globals";
import { sessionItem } from "@lanyard/contracts";
import { type MemoryItemStore, typedItems } from "@lanyard/storage";
import { revocationLog } from "./revocation-log.ts";
import { revokeOwnSession } from "./revoke-own-session.ts";
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

const reason = "revoked_by_user" as const;
const notFound = { kind: "problem", code: "session_not_found", extra: {}, events: [] };
const run = (table: MemoryItemStore, count = 1) =>
  runOnce(
    revokeOwnSession({
      sessions: sessionStore(table, sessionPulls(table)),
      revocations: revocationLog(table),
      brokerNow,
    }),
    count,
    {
      sessionId: sessionIdOf(1),
      reason,
    },
  );
const logged = (table: MemoryItemStore): number => table.dump().filter(({ key }) => key.sk.startsWith("entry#")).length;
const standing = async (table: MemoryItemStore) =>
  (await typedItems(table, sessionItem).load(userId, sessionIdOf(1)))?.value;

describe("a session that its user picks", () => {
  it("ends in item and log, and says the same when the message comes again", async () => {
    const table = await tableWith([session(1), session(2)]);
    const first = await run(table);

    expect(first).toMatchObject({
      kind: "done",
      output: { revokedAt: at(0) },
      events: [{ type: "session.revoked", data: { userId, sessionId: sessionIdOf(1), reason } }],
    });
    expect(await run(table)).toEqual(first);
    expect((await standing(table))?.revoked).toEqual({ at: at(0), reason, operationId: operation(1) });
    expect(table.dump().filter(({ value }) => value["revoked"] !== undefined)).toHaveLength(1);
  });

  it("is not there a second time for another operation, also of two at once", async () => {
    const table = await tableWith([session(1)]);
    const results = await Promise.all([run(table, 1), run(table, 2)]);

    expect(results.map(({ kind }) => kind).sort()).toEqual(["done", "problem"]);
    expect(await run(table, 3)).toEqual(notFound);
  });

  it.each([
    ["never was", []],
    ["is another user's", [session(1, { userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7e" })]],
    ["has expired", [session(1, { expiresAt: at(0) })]],
    ["has ended", [session(1, { revoked: { at: at(-1), reason: "logout", operationId: operation(9) } })]],
  ])("is not there when it %s, and nothing is written", async (_, sessions) => {
    const table = await tableWith(sessions);
    const before = table.dump();

    expect(await run(table)).toEqual(notFound);
    expect(table.dump()).toEqual(before);
  });

  it.each(["item", "log entry", "head of the log"])(
    "is finished by whoever comes after a death at its %s",
    async (what) => {
      const table = await tableWith([session(1)]);
      const died = { ...table };
      const dead = () => Promise.reject(new Error("died"));
      if (what === "item") died.replace = dead;
      else {
        died.putIfAbsent = (key, ...args) =>
          key.sk.startsWith(what === "log entry" ? "entry#" : "head") ? dead() : table.putIfAbsent(key, ...args);
      }
      await expect(run(died)).rejects.toThrow("died");

      expect(await run(table)).toMatchObject({ kind: "done", events: [{ type: "session.revoked" }] });
      expect((await standing(table))?.revoked?.operationId).toBe(operation(1));
      expect(logged(table)).toBeGreaterThan(0);
      expect(table.dump().find(({ key }) => key.sk === "head")?.value).toEqual({ last: logged(table) });
    },
  );
});

import { describe, expect, it } from "@jest/globals";
import { revocationItem, revocationShardOf, sessionItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { revocationLog } from "./revocation-log.ts";
import { revokeAllSessions } from "./revoke-all-sessions.ts";
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
import { slow } from "./testing/troubled-table.ts";

const reason = "revoked_by_user" as const;
const handlerOver = (table: ItemStore) =>
  revokeAllSessions({
    sessions: sessionStore(table, sessionPulls(table)),
    revocations: revocationLog(table),
    endings: sessionEndings(table, sessionPulls(table)),
    brokerNow,
  });
type Told = { readonly type: string; readonly occurredAt: string; readonly data: { readonly sessionId?: string } };

/** All steps of one operation; each event with the step that tells it, as its id is made of. */
async function run(table: ItemStore, count: number, exceptSessionId?: string) {
  const told: (Told & { readonly step: string })[] = [];
  let cursor: Parameters<typeof runOnce>[3] = {};
  for (let steps = 1; ; steps += 1) {
    const input = { reason, ...(exceptSessionId !== undefined && { exceptSessionId }) };
    const result = await runOnce(handlerOver(table), count, input, cursor);
    told.push(...(result.events as readonly Told[]).map((event) => ({ ...event, step: JSON.stringify(cursor) })));
    if (result.kind === "again") cursor = { cursor: result.cursor };
    else if (result.kind === "done") return { steps, told, output: result.output as { endedSessionIds: string[] } };
    else throw new Error(result.kind);
  }
}
const many = (count: number) => Array.from({ length: count }, (_, index) => session(index + 1));
const idsOf = (count: number): readonly string[] => many(count).map(({ sessionId }) => sessionId);
const standing = async (table: ItemStore, count: number, of = userId) =>
  (await typedItems(table, sessionItem).load(of, sessionIdOf(count)))?.value;
const revokedIn = (table: MemoryItemStore): readonly string[] =>
  table
    .dump()
    .filter(({ key, value }) => key.sk.startsWith("session#") && value["revoked"] !== undefined)
    .map(({ value }) => String(value["sessionId"]));
const loggedIn = (table: MemoryItemStore): ReadonlySet<string> =>
  new Set(
    table
      .dump()
      .filter(({ key }) => key.sk.startsWith("entry#"))
      .map(({ value }) => String(value["sessionId"])),
  );

describe("all sessions of a user", () => {
  it("end in item and log, each with its event, and are named", async () => {
    const table = await tableWith(many(3));
    const { told, output, steps } = await run(table, 1);

    expect(steps).toBe(1);
    expect(revokedIn(table)).toEqual(idsOf(3));
    expect([...loggedIn(table)].sort()).toEqual(idsOf(3));
    expect(told.map(({ type, data }) => [type, data])).toEqual(
      idsOf(3).map((sessionId) => ["session.revoked", { userId, sessionId, reason }]),
    );
    expect(output).toEqual({ endedSessionIds: idsOf(3) });
    expect(await standing(table, 1)).toMatchObject({ revoked: { at: at(0), reason, operationId: operation(1) } });
  });

  it("end but for the one that is to live on", async () => {
    const table = await tableWith(many(3));
    const { told, output } = await run(table, 1, sessionIdOf(2));

    expect(revokedIn(table)).toEqual([sessionIdOf(1), sessionIdOf(3)]);
    expect([...loggedIn(table)].sort()).toEqual([sessionIdOf(1), sessionIdOf(3)]);
    expect(told).toHaveLength(2);
    expect(output).toEqual({ endedSessionIds: [sessionIdOf(1), sessionIdOf(3)] });
  });

  it("end in bounded steps however many they are, and none is left out or told twice", async () => {
    const table = await tableWith(many(41));
    const { steps, told, output } = await run(table, 1, sessionIdOf(7));
    const others = idsOf(41).filter((id) => id !== sessionIdOf(7));

    expect(steps).toBe(5);
    expect(revokedIn(table)).toEqual(others);
    expect(told.map(({ data }) => data.sessionId)).toEqual(others);
    expect(output.endedSessionIds).toEqual(others);
  });

  it("are none of another user", async () => {
    const other = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7e";
    const table = await tableWith([session(1), session(2, { userId: other })]);
    await run(table, 1);

    expect(revokedIn(table)).toEqual([sessionIdOf(1)]);
    expect((await standing(table, 2, other))?.revoked).toBeUndefined();
  });

  it("may be none", async () => {
    expect(await run(memoryItemStore(), 1)).toEqual({ steps: 1, told: [], output: { endedSessionIds: [] } });
  });

  it("that have expired stay as they are", async () => {
    const table = await tableWith([session(1, { expiresAt: at(0) }), session(2)]);
    await run(table, 1);

    expect(revokedIn(table)).toEqual([sessionIdOf(2)]);
  });
});

describe("a session that another operation ended", () => {
  it("keeps its end and has no event, but stands in the log: that operation may have died before", async () => {
    const revoked = { at: at(-1000), reason: "logout", operationId: operation(9) } as const;
    const table = await tableWith([session(1, { revoked })]);
    const { told } = await run(table, 1);

    expect(await standing(table, 1)).toMatchObject({ revoked });
    expect(told).toEqual([]);
    const entry = await typedItems(table, revocationItem).load(revocationShardOf(sessionIdOf(1)), 1);
    expect(entry?.value).toMatchObject({ sessionId: sessionIdOf(1), reason: "logout", at: at(-1000) });
  });

  it("longer ago than any access token lives is left alone", async () => {
    const revoked = { at: at(-3600_000), reason: "logout", operationId: operation(9) } as const;
    const table = await tableWith([session(1, { revoked })]);
    await run(table, 1);

    expect(loggedIn(table).size).toBe(0);
  });
});

describe("a command that comes again", () => {
  it("says the same, and ends nothing that was opened since", async () => {
    const table = await tableWith(many(12));
    const first = await run(table, 1);
    // One before, one among, and one after those that were there.
    await tableWith([session(0), session(13)], table);
    const again = await run(table, 1);

    expect(again).toEqual(first);
    expect(revokedIn(table)).toEqual(idsOf(12));
  });

  it("is not an end for another operation, which ends what was opened since", async () => {
    const table = await tableWith(many(2));
    await run(table, 1);
    await tableWith([session(3)], table);
    const { told } = await run(table, 2);

    expect(told.map(({ data }) => data.sessionId)).toEqual([sessionIdOf(3)]);
  });

  it("is kept from what was opened since for longer than any message is carried out", async () => {
    const table = await tableWith(many(1));
    await run(table, 1);
    table.expireByTtl(Date.parse(at(0)) / 1000 + 2 * 24 * 3600 - 1);
    expect(table.dump().filter(({ key }) => key.sk.startsWith("ending#"))).toHaveLength(1);
    table.expireByTtl(Date.parse(at(0)) / 1000 + 2 * 24 * 3600);

    expect(table.dump().filter(({ key }) => key.sk.startsWith("ending#"))).toEqual([]);
  });
});

describe("a worker that dies at any write", () => {
  it("leaves what its successor ends as if nothing had happened, with the same events", async () => {
    const whole = await run(await tableWith(many(12)), 1, sessionIdOf(5));
    const writes = await countWrites(await tableWith(many(12)));
    expect(writes).toBeGreaterThan(30);

    for (let index = 0; index < writes; index += 1) {
      for (const side of ["before", "after"] as const) {
        const table = await tableWith(many(12));
        await expect(run(dyingAt(table, index, side), 1, sessionIdOf(5))).rejects.toThrow("died");
        // Opened between the two, where the list would shift.
        await tableWith([session(0)], table);
        const { told, output } = await run(table, 1, sessionIdOf(5));

        const known = (sessionId: string | undefined): boolean => sessionId !== sessionIdOf(0);
        expect(told.map(({ data }) => data.sessionId).filter(known)).toEqual(
          whole.told.map(({ data }) => data.sessionId),
        );
        if (index > 0 || side === "after") expect({ told, output }).toEqual({ told: whole.told, output: whole.output });
        expect(revokedIn(table).filter(known)).toEqual(idsOf(12).filter((id) => id !== sessionIdOf(5)));
      }
    }
  });
});

describe("the same command in several workers at once", () => {
  it.each(Array.from({ length: 50 }, (_, seed) => seed))(
    "ends each session once and tells the same: seed %d",
    async (seed) => {
      const table = await tableWith(many(12));
      const [one, two, three] = await Promise.all([1, 7, 13].map((turn) => run(slow(table, seed * turn), 1)));

      expect(two).toEqual(one);
      expect(three).toEqual(one);
      expect(revokedIn(table)).toEqual(idsOf(12));
      expect([...loggedIn(table)].sort()).toEqual(idsOf(12));
    },
  );
});

describe("two operations at once", () => {
  it.each(Array.from({ length: 50 }, (_, seed) => seed))(
    "share the sessions, each told once: seed %d",
    async (seed) => {
      const table = await tableWith(many(12));
      const runs = await Promise.all([1, 2].map((count) => run(slow(table, seed * 31 + count), count)));

      const told = runs.flatMap((each) => each.told.map(({ data }) => data.sessionId)).sort();
      expect(told).toEqual(idsOf(12));
      expect([...loggedIn(table)].sort()).toEqual(idsOf(12));
    },
  );
});

const WRITES = ["putIfAbsent", "replace"] as const;

async function countWrites(table: MemoryItemStore): Promise<number> {
  let writes = 0;
  const counting = Object.fromEntries(
    WRITES.map((method) => [
      method,
      (...args: unknown[]) => {
        writes += 1;
        return (table[method] as (...given: unknown[]) => Promise<unknown>)(...args);
      },
    ]),
  );
  await run({ ...table, ...counting }, 1, sessionIdOf(5));
  return writes;
}

/** Its write of this number never happens, or nobody learns that it has. */
function dyingAt(table: MemoryItemStore, fatal: number, side: "before" | "after"): ItemStore {
  let writes = 0;
  const dying = Object.fromEntries(
    WRITES.map((method) => [
      method,
      async (...args: unknown[]) => {
        const isFatal = writes === fatal;
        writes += 1;
        if (isFatal && side === "before") throw new Error("died");
        const outcome = await (table[method] as (...given: unknown[]) => Promise<unknown>)(...args);
        if (isFatal) throw new Error("died");
        return outcome;
      },
    ]),
  );
  return { ...table, ...dying };
}

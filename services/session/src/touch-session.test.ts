import { describe, expect, it } from "@jest/globals";
import { sessionItem } from "@lanyard/contracts";
import type { Handler } from "@lanyard/messaging";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { revocationLog } from "./revocation-log.ts";
import { revokeSession } from "./revoke-session.ts";
import { rotateSession } from "./rotate-session.ts";
import { sessionPulls } from "./session-pulls.ts";
import { type Session, sessionStore } from "./session-store.ts";
import { slow } from "./testing/troubled-table.ts";
import { touchSession } from "./touch-session.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (ms: number): string => new Date(noon + ms).toISOString();
const operation = (count: number): string => `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
const lifetimes = { anonymousIdleSeconds: 7200, accountIdleSeconds: 7200, accountMaxSeconds: 7200 };
const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const sessionId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const session: Session = {
  sessionId,
  userId,
  userKind: "anonymous",
  method: "anonymous",
  amr: [],
  openedAt: at(-HOUR),
  expiresAt: at(HOUR),
  generation: 1,
  pull: 0,
  rotations: [],
};

async function tableWith(value: Session): Promise<MemoryItemStore> {
  const table = memoryItemStore();
  await typedItems(table, sessionItem).putIfAbsent(value, [userId, sessionId], { writtenBy: operation(0) });
  return table;
}
const standing = async (table: ItemStore) => typedItems(table, sessionItem).load(userId, sessionId);
const depsOf = (table: ItemStore, now = 0) => ({
  sessions: sessionStore(table, sessionPulls(table)),
  revocations: revocationLog(table),
  lifetimes,
  brokerNow: () => noon + now,
});
/** Carries a command out as operation `count`, received at these milliseconds after noon. */
const run = (handler: Handler, count: number, receivedAt: number, input: object = {}) =>
  handler.run({
    operationId: operation(count),
    writtenBy: `${operation(count)}/${handler.command.name}`,
    input: { userId, sessionId, ...input },
    caller: { kind: "user", userId },
    client: { ip: "192.0.2.1" },
    receivedAt: at(receivedAt),
    cursor: undefined,
    derivationKid: "k1",
    deriveUuid: () => sessionId,
  });

describe("the use of a session", () => {
  it("slides its expiry and says nothing about it, also when its message comes twice", async () => {
    const table = await tableWith(session);
    for (const now of [0, MINUTE]) {
      expect(await run(touchSession(depsOf(table, now)), 1, 0)).toEqual({ kind: "done", output: {}, events: [] });
    }

    expect(await standing(table)).toMatchObject({
      version: 2,
      value: { ...session, lastSeenAt: at(0), expiresAt: at(2 * HOUR) },
    });
  });

  it("keeps the tombstone as long as if it had been opened then", async () => {
    const table = await tableWith(session);
    await run(touchSession(depsOf(table)), 1, 0);
    table.expireByTtl((noon + 2 * HOUR) / 1000 + 2 * 24 * 3600 - 1);
    expect(await standing(table)).toBeDefined();
    table.expireByTtl((noon + 2 * HOUR) / 1000 + 2 * 24 * 3600);

    expect(await standing(table)).toBeUndefined();
  });

  it("is written once, whichever of sixteen gateways and workers say so at once", async () => {
    const table = await tableWith(session);
    await Promise.all(
      Array.from({ length: 16 }, (_, count) => run(touchSession(depsOf(slow(table, count))), count + 1, count)),
    );

    expect(await standing(table)).toMatchObject({ version: 2 });
  });

  it.each([
    ["revoked", { ...session, revoked: { at: at(-1), reason: "logout", operationId: operation(9) } as const }],
    ["expired", { ...session, expiresAt: at(0) }],
  ])("brings nothing back that is %s", async (_, ended) => {
    const table = await tableWith(ended);
    expect(await run(touchSession(depsOf(table)), 1, 0)).toMatchObject({ kind: "done" });

    expect(await standing(table)).toMatchObject({ version: 1, value: ended });
  });

  it("makes no session where none is", async () => {
    const table = memoryItemStore();
    expect(await run(touchSession(depsOf(table)), 1, 0)).toMatchObject({ kind: "done" });

    expect(table.dump()).toEqual([]);
  });
});

describe("uses that race a logout and a refresh", () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))("never bring the session back: seed %d", async (seed) => {
    const table = await tableWith(session);
    const calls = [
      () => run(revokeSession(depsOf(slow(table, seed))), 1, 0, { reason: "logout" }),
      () => run(touchSession(depsOf(slow(table, seed * 7 + 1))), 2, 0),
      () => run(rotateSession(depsOf(slow(table, seed * 13 + 2))), 3, 0, { presentedGeneration: 1 }),
      () => run(touchSession(depsOf(slow(table, seed * 31 + 3), 2 * MINUTE)), 4, 2 * MINUTE),
    ];
    let revoked: Session["revoked"];
    await Promise.all(
      calls.map(async (call, index) => {
        await call();
        if (index === 0) revoked = (await standing(table))?.value.revoked;
      }),
    );

    expect(revoked).toMatchObject({ reason: "logout", operationId: operation(1) });
    expect((await standing(table))?.value.revoked).toEqual(revoked);
  });
});

import { describe, expect, it } from "@jest/globals";
import { type ItemStore, memoryItemStore } from "@lanyard/storage";
import { revocationLog } from "./revocation-log.ts";
import { rotateSession } from "./rotate-session.ts";
import { sessionPulls } from "./session-pulls.ts";
import { sessionStore } from "./session-store.ts";
import { stepUpSession } from "./step-up-session.ts";
import {
  at,
  brokerNow,
  derivedId,
  lifetimes,
  operation,
  runOnce,
  session,
  sessionIdOf,
  tableWith,
  userId,
} from "./testing/sessions-under-test.ts";
import { countWrites, dyingAt, slow } from "./testing/troubled-table.ts";

const sessionId = sessionIdOf(1);
const storeOf = (table: ItemStore) => sessionStore(table, sessionPulls(memoryItemStore()));
const stepUp = (table: ItemStore, count: number, now: () => number = brokerNow, secondFactor = "totp") =>
  runOnce(stepUpSession({ sessions: storeOf(table), brokerNow: now }), count, { sessionId, secondFactor });
const standing = (table: ItemStore) => storeOf(table).load({ userId, sessionId });
const later = (ms: number) => () => brokerNow() + ms;

describe("a second factor that is proven in a session", () => {
  it("stands in it, is told, and goes into the token", async () => {
    const table = await tableWith([session(1)]);

    expect(await stepUp(table, 7)).toEqual({
      kind: "done",
      output: {
        userKind: "account",
        openedAt: session(1).openedAt,
        expiresAt: session(1).expiresAt,
        generation: 1,
        pull: 0,
        amr: ["email", "otp", "mfa"],
        jti: derivedId,
        method: "magic_link",
        secondFactorAt: at(0),
      },
      events: [{ type: "session.steppedUp", occurredAt: at(0), data: { userId, sessionId, secondFactor: "totp" } }],
    });
    expect(await standing(table)).toMatchObject({
      secondFactorAt: at(0),
      stepUps: [{ operationId: operation(7), at: at(0) }],
    });
  });

  it("is still proven after the session was refreshed", async () => {
    const table = await tableWith([session(1)]);
    await stepUp(table, 7);
    const rotate = rotateSession({ sessions: storeOf(table), revocations: revocationLog(table), lifetimes, brokerNow });

    expect(await runOnce(rotate, 8, { sessionId, presentedGeneration: 1 })).toMatchObject({
      kind: "done",
      output: { generation: 2, secondFactorAt: at(0), amr: ["email", "otp", "mfa"] },
    });
  });

  it("is told the same when its message comes twice, and again much later", async () => {
    const table = await tableWith([session(1)]);
    const first = await stepUp(table, 7);
    const left = table.dump();

    expect(await stepUp(table, 7, later(1000))).toEqual(first);
    expect(table.dump()).toEqual(left);
    await stepUp(table, 8, later(2000));
    expect((await stepUp(table, 7, later(3000))).events).toEqual(first.events);
    expect((await standing(table))?.secondFactorAt).toBe(at(2000));
  });

  it("is one among sixteen copies at once, and never older than what stands", async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const table = await tableWith([session(1)]);
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, copy) =>
          stepUp(slow(table, seed * 100 + copy), 7 + (copy % 2), later(copy % 2)),
        ),
      );
      expect((await standing(table))?.stepUps).toHaveLength(2);
      expect((await standing(table))?.secondFactorAt).toBe(at(1));
      for (const odd of [0, 1]) {
        const told = results.filter((_, copy) => copy % 2 === odd).map(({ events }) => JSON.stringify(events));
        expect(new Set(told).size).toBe(1);
      }
    }
  });

  it("ends as if nothing had happened after a stop at any write", async () => {
    const writes = await countWrites(await tableWith([session(1)]), (table) => stepUp(table, 7));
    expect(writes).toBe(1);
    for (const side of ["before", "after"] as const) {
      const table = await tableWith([session(1)]);
      await expect(stepUp(dyingAt(table, 0, side), 7)).rejects.toThrow("died");
      expect(await stepUp(table, 7)).toMatchObject({ kind: "done", output: { secondFactorAt: at(0) } });
    }
  });

  it.each([
    ["was ended", { revoked: { at: at(-1), reason: "logout", operationId: operation(3) } }],
    ["has expired", { expiresAt: at(0) }],
  ] as const)("brings no session back that %s", async (_, given) => {
    const table = await tableWith([session(1, given)]);
    const left = table.dump();

    expect(await stepUp(table, 7)).toEqual({ kind: "problem", code: "session_revoked", extra: {}, events: [] });
    expect(table.dump()).toEqual(left);
  });

  it("is nothing in a session that never was", async () => {
    expect(await stepUp(memoryItemStore(), 7)).toMatchObject({ code: "session_revoked" });
  });
});

import { describe, expect, it } from "@jest/globals";
import { sessionItem } from "@lanyard/contracts";
import { type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { deviceStore } from "./devices/device-store.ts";
import { offlineClientFacts } from "./offline-client-facts.ts";
import { openSession } from "./open-session.ts";
import { revocationLog } from "./revocation-log.ts";
import { rosterStore } from "./roster/roster-store.ts";
import { rotateSession } from "./rotate-session.ts";
import { sessionPulls } from "./session-pulls.ts";
import { sessionStore } from "./session-store.ts";
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

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const clientFacts = offlineClientFacts({ countryOf: (ip) => ({ "198.51.100.1": "DE" })[ip] });
const open = (table: MemoryItemStore, client: { ip?: string; userAgent?: string } = {}) =>
  runOnce(
    openSession({
      sessions: sessionStore(table, sessionPulls(table)),
      pulls: sessionPulls(table),
      revocations: revocationLog(table),
      rosters: rosterStore(table),
      devices: deviceStore(table),
      sessionLimit: 10,
      brokerNow,
      lifetimes,
      clientFacts,
      now: brokerNow,
    }),
    1,
    { userKind: "account", method: "magic_link" },
    client,
  );
const standing = async (table: MemoryItemStore) =>
  (await typedItems(table, sessionItem).load(userId, sessionIdOf(1)))?.value;

describe("a session that is opened", () => {
  it("keeps who signed in from where, and tells how but not who", async () => {
    const table = memoryItemStore();
    const result = await open(table, { ip: "198.51.100.1", userAgent: firefox });

    expect((await standing(table))?.client).toEqual({
      ip: "198.51.100.1",
      os: "Linux",
      browser: "Firefox",
      device: "desktop",
      country: "DE",
    });
    expect(result.events).toEqual([
      {
        type: "session.opened",
        occurredAt: at(0),
        data: { userId, userKind: "account", sessionId: sessionIdOf(1), method: "magic_link" },
      },
    ]);
  });

  it("keeps nothing but the address of a client that says nothing, from nowhere", async () => {
    const table = memoryItemStore();
    await open(table);

    expect((await standing(table))?.client).toEqual({ ip: "192.0.2.1" });
  });

  it("stands with the id of its access token, which is handed on, also when it was refreshed meanwhile", async () => {
    const table = await tableWith([session(1, { generation: 2, jti: "3e9c9d6b-ad3b-8c8e-8f4a-5b6c7d8e9f0a" })]);
    expect(await open(table)).toMatchObject({ kind: "done", output: { jti: derivedId } });
    expect((await standing(table))?.jti).toBe("3e9c9d6b-ad3b-8c8e-8f4a-5b6c7d8e9f0a");

    const fresh = memoryItemStore();
    expect(await open(fresh)).toMatchObject({ kind: "done", output: { jti: derivedId } });
    expect((await standing(fresh))?.jti).toBe(derivedId);
  });
});

describe("a session that is refreshed", () => {
  it("stands with the id of the new access token, which is handed on", async () => {
    const table = await tableWith([session(1)]);
    const deps = {
      sessions: sessionStore(table, sessionPulls(table)),
      revocations: revocationLog(table),
      lifetimes,
      brokerNow,
    };
    const input = { sessionId: sessionIdOf(1), presentedGeneration: 1 };

    expect(await runOnce(rotateSession(deps), 2, input)).toMatchObject({ kind: "done", output: { jti: derivedId } });
    expect(await standing(table)).toMatchObject({ generation: 2, jti: derivedId });
  });

  it("hands each further tab an id of its own, and stands with that of the generation", async () => {
    const first = "3e9c9d6b-ad3b-8c8e-8f4a-5b6c7d8e9f0a";
    const rotations = [{ generation: 2, operationId: operation(9), at: at(-1000) }];
    const table = await tableWith([session(1, { generation: 2, jti: first, rotations })]);
    const deps = {
      sessions: sessionStore(table, sessionPulls(table)),
      revocations: revocationLog(table),
      lifetimes,
      brokerNow,
    };
    const input = { sessionId: sessionIdOf(1), presentedGeneration: 1 };

    expect(await runOnce(rotateSession(deps), 2, input)).toMatchObject({ kind: "done", output: { jti: derivedId } });
    expect(await standing(table)).toMatchObject({ generation: 2, jti: first });
  });
});

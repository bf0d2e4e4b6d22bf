import { describe, expect, it } from "@jest/globals";
import { flows, knownDevicesItem, sessionItem, sessionReportItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { deviceStore } from "../devices/device-store.ts";
import { revocationLog } from "../revocation-log.ts";
import { sessionEndings } from "../session-endings.ts";
import { sessionPulls } from "../session-pulls.ts";
import { sessionStore } from "../session-store.ts";
import {
  at,
  brokerNow,
  deviceIdOf,
  operation,
  runOnce,
  session,
  sessionIdOf,
  tableWith,
  userId,
} from "../testing/sessions-under-test.ts";
import { countWrites, dyingAt, slow } from "../testing/troubled-table.ts";
import { endReported } from "./end-reported.ts";
import { reportSession } from "./report-session.ts";
import { reportStore } from "./report-store.ts";

const DAY = 24 * 3600_000;
const reason = "reported_by_user";
const reportOver = (table: ItemStore) =>
  reportSession({ sessions: sessionStore(table, sessionPulls(table)), reports: reportStore(table), brokerNow });
const endOver = (table: ItemStore) =>
  endReported({
    sessions: sessionStore(table, sessionPulls(table)),
    devices: deviceStore(table),
    revocations: revocationLog(table),
    endings: sessionEndings(table, sessionPulls(table)),
    brokerNow,
  });
const client = { ip: "198.51.100.1", os: "Linux", country: "DE" };
const stolen = session(1, { client, deviceId: deviceIdOf(1) });

/** An account with its sessions, the first of them on a device that is known. */
async function account(sessions = [stolen, session(2), session(3)]): Promise<MemoryItemStore> {
  const table = await tableWith(sessions);
  const devices = deviceStore(table);
  for (const count of [1, 2]) {
    const seen = { userId, deviceId: deviceIdOf(count), client, at: at(-count) };
    await devices.see(seen, { writtenBy: operation(count + 500) });
  }
  return table;
}

/** A report, and all steps of the end that follows it. */
async function report(table: ItemStore, count: number, { others = false, of = 1 } = {}) {
  const input = { sessionId: sessionIdOf(of), others };
  const result = await runOnce(reportOver(table), count, input);
  const told = [...result.events] as { type: string; occurredAt: string; data: Record<string, unknown> }[];
  if (result.kind !== "done") return { steps: 0, told, result };
  let options: Parameters<typeof runOnce>[3] = {};
  for (let steps = 1; ; steps += 1) {
    const end = await runOnce(endOver(table), count, { ...input, ...result.output }, options);
    told.push(...(end.events as typeof told));
    if (end.kind !== "again") return { steps, told, result };
    options = { cursor: end.cursor };
  }
}
const ends = async (table: ItemStore, count: number) =>
  (await typedItems(table, sessionItem).load(userId, sessionIdOf(count)))?.value.revoked;
const logged = (table: MemoryItemStore) =>
  new Set(
    table
      .dump()
      .filter(({ key }) => key.sk.startsWith("entry#"))
      .map(({ value }) => value["sessionId"]),
  );
const knownDevices = async (table: ItemStore) =>
  (await typedItems(table, knownDevicesItem).load(userId))?.value.devices.map(({ deviceId }) => deviceId);
const standing = async (table: ItemStore) =>
  (await typedItems(table, sessionReportItem).load(userId, sessionIdOf(1)))?.value;

describe("a session that is reported", () => {
  it("lives until its password is suspended: the report ends nothing, and forgets nothing", async () => {
    const table = await account();
    const result = await runOnce(reportOver(table), 9, { sessionId: sessionIdOf(1), others: true });

    expect(result).toMatchObject({ kind: "done", output: { reportedAt: at(0), reportedMethod: "magic_link" } });
    expect(result.events.map(({ type }) => type)).toEqual(["session.reported"]);
    expect([await ends(table, 1), await ends(table, 2)]).toEqual([undefined, undefined]);
    expect(await knownDevices(table)).toHaveLength(2);
    const { steps } = flows.reportSession;
    expect(steps.map(({ command }) => command.name)).toEqual([
      "session.report",
      "identity.suspendPassword",
      "session.endReported",
    ]);
  });

  it("is told the same to a copy that comes when nothing of it is left", async () => {
    const table = await account();
    const first = await report(table, 9);
    const late = reportSession({
      sessions: { load: async () => undefined },
      reports: reportStore(table),
      brokerNow,
    });
    expect(await runOnce(late, 9, { sessionId: sessionIdOf(1), others: false })).toEqual(first.result);
    expect(
      await runOnce(endOver(memoryItemStore()), 9, { sessionId: sessionIdOf(1), others: true, reportedAt: at(0) }),
    ).toEqual({
      kind: "done",
      output: {},
      events: [],
    });
  });

  it("ends in item and log, its device is forgotten, and the others live on", async () => {
    const table = await account();
    const { result, told } = await report(table, 9);

    expect(result).toMatchObject({ kind: "done", output: { reportedAt: at(0), reportedMethod: "magic_link" } });
    expect(told.map(({ type, data }) => [type, data])).toEqual([
      ["session.reported", { userId, sessionId: sessionIdOf(1), others: false }],
      ["session.revoked", { userId, sessionId: sessionIdOf(1), reason }],
    ]);
    expect(await ends(table, 1)).toEqual({ at: at(0), reason, operationId: operation(9) });
    expect(logged(table)).toEqual(new Set([sessionIdOf(1)]));
    expect([await ends(table, 2), await ends(table, 3)]).toEqual([undefined, undefined]);
    expect(await knownDevices(table)).toEqual([deviceIdOf(2)]);
  });

  it("takes all others along when that is wanted, each told once, in bounded steps", async () => {
    const all = [stolen, ...Array.from({ length: 24 }, (_, index) => session(index + 2))];
    const table = await account(all);
    const { steps, told } = await report(table, 9, { others: true });

    expect(steps).toBe(3);
    const revoked = told.filter(({ type }) => type === "session.revoked").map(({ data }) => data["sessionId"]);
    expect(revoked).toEqual(all.map(({ sessionId }) => sessionId));
    expect(logged(table)).toEqual(new Set(revoked));
    expect(told.filter(({ type }) => type === "session.reported")).toHaveLength(1);
  });

  it("may have ended otherwise: that stays, and every gateway can know of it", async () => {
    const revoked = { at: at(-5), reason: "logout" as const, operationId: operation(4) };
    const table = await account([{ ...stolen, revoked }]);
    const { result, told } = await report(table, 9);

    expect(result.kind).toBe("done");
    expect(told.map(({ type }) => type)).toEqual(["session.reported"]);
    expect(await ends(table, 1)).toEqual(revoked);
    expect(logged(table)).toEqual(new Set([sessionIdOf(1)]));
    expect(await knownDevices(table)).toEqual([deviceIdOf(2)]);
  });

  it("says the same thing twice when the message comes twice", async () => {
    const table = await account();
    const first = await report(table, 9, { others: true });
    expect(await report(table, 9, { others: true })).toEqual(first);
  });

  it("is reported by one of ten at once, and the others change nothing", async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const table = await account();
      const counts = Array.from({ length: 10 }, (_, index) => index + 10);
      const all = await Promise.all(counts.map((count) => report(slow(table, seed * 100 + count), count)));
      const won = all.filter(({ result }) => result.kind === "done");
      const lost = all.filter(({ result }) => result.kind === "problem");

      expect([won.length, lost.length]).toEqual([1, 9]);
      for (const { result, told } of lost) {
        expect(result).toMatchObject({ code: "token_already_used" });
        expect(told).toEqual([]);
      }
      expect((await standing(table))?.operationId).toBe((await ends(table, 1))?.operationId);
    }
  });

  it("stopped before or after any write, ends as if nothing had happened", async () => {
    const whole = await account();
    const expected = await report(whole, 9, { others: true });
    const writes = await countWrites(await account(), (table) => report(table, 9, { others: true }));
    expect(writes).toBeGreaterThan(8);
    for (let fatal = 0; fatal < writes; fatal += 1) {
      for (const side of ["before", "after"] as const) {
        const table = await account();
        await expect(report(dyingAt(table, fatal, side), 9, { others: true })).rejects.toThrow("died");
        const again = await report(table, 9, { others: true });
        expect(again.result).toEqual(expected.result);
        expect(again.told).toEqual(expected.told);
        expect([await ends(table, 1), await ends(table, 2)]).toEqual([await ends(whole, 1), await ends(whole, 2)]);
        expect(logged(table)).toEqual(logged(whole));
        expect(await knownDevices(table)).toEqual(await knownDevices(whole));
      }
    }
  });

  it("is reported within thirty days of its opening, and not a moment later", async () => {
    const opened = (ms: number) => account([{ ...stolen, openedAt: at(ms), expiresAt: at(60 * DAY) }]);
    expect((await report(await opened(-30 * DAY + 1), 9)).result.kind).toBe("done");
    const late = await opened(-30 * DAY);
    expect((await report(late, 9)).result).toMatchObject({ kind: "problem", code: "magic_link_expired" });
    expect(await ends(late, 1)).toBeUndefined();
    expect(await knownDevices(late)).toHaveLength(2);
  });

  it("is none that has left no trace", async () => {
    const { result } = await report(memoryItemStore(), 9);
    expect(result).toMatchObject({ kind: "problem", code: "magic_link_expired" });
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { recordEvent, sealDueHours, sealStore, securityEventStore } from "@lanyard/audit-service";
import { auditHourStart, auditSchemas, type EventMessage, events } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import { silentLog } from "@lanyard/messaging";
import { auditMarks, derivation, parseKeyring } from "@lanyard/secrets";
import type { DumpedItem, JsonObject } from "@lanyard/storage";
import type { z } from "zod";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";

type Line = z.output<typeof auditSchemas.auditVerificationLine>;
type Finding = z.output<typeof auditSchemas.auditFinding>;

const path = "/api/v2/admin/audit/verification";
const key = Buffer.alloc(32, 1).toString("base64url");
const headers = { authorization: `Bearer ${key}` };
const userId = randomUUID();

let system: InProcessSystem;
/** An hour of the day before, so that all of it is over. */
let day: string;
beforeEach(async () => {
  system = await inProcessSystem({ settings: { opsKeys: [{ name: "test", hash: opsKeyHash(key) }] } });
  day = new Date(system.clock.now() - 24 * 3600_000).toISOString().slice(0, 10);
});
afterEach(() => system.stop());

const hour = (number: number): string => `${day}T${String(number).padStart(2, "0")}`;
const during = (number: number): number => auditHourStart(hour(number)) + 300_000;
const audit = () => system.table("audit");
const marks = () => auditMarks(system.derivation);

/** As an audit worker does, at any time. */
async function recorded(
  at: number,
  { id = randomUUID() as string, retentionDays }: { id?: string; retentionDays?: number } = {},
) {
  const event: EventMessage = {
    specversion: "1.0",
    id,
    type: events.sessionOpened.type,
    source: "lanyard/session",
    time: new Date(at).toISOString(),
    datacontenttype: "application/json",
    data: { userId, userKind: "account", sessionId: id, method: "magic_link" },
    subject: userId,
    operationid: `op_${"0".repeat(32)}${"A".repeat(22)}`,
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
  };
  await recordEvent(securityEventStore(audit(), { marks: marks(), now: () => at, retentionDays }))(event);
  return { whose: `user#${userId}`, at: event.time, eventId: id };
}
const sealed = (now: number = system.clock.now()) =>
  sealDueHours({ seals: sealStore(audit(), marks()), now: () => now, log: silentLog }, undefined);

/** Sealed from the hour 3 on, with two rows each in the hours 3, 4 and 6 and none else. */
async function sealedLog() {
  await sealed(during(3));
  const rows = [];
  for (const number of [3, 3, 4, 4, 6, 6]) rows.push(await recorded(during(number) + rows.length));
  await sealed();
  return rows;
}
async function verified(query: Readonly<Record<string, string>> = {}) {
  const { status, text } = await system.call("GET", `${path}?${new URLSearchParams(query)}`, { headers });
  expect(status).toBe(200);
  const lines: Line[] = text
    .split("\n")
    .filter(Boolean)
    .map((line) => auditSchemas.auditVerificationLine.parse(JSON.parse(line)));
  const findings: Finding[] = lines.flatMap((line) =>
    "findings" in line && Array.isArray(line.findings) ? line.findings : [],
  );
  const end = lines.at(-1);
  if (end?.line !== "end") throw new Error("broken off");
  expect(end.findings).toBe(findings.length);
  return { lines, findings, end };
}
const item = (pk: string, sk: string): DumpedItem => {
  const found = audit()
    .dump()
    .find(({ key }) => key.pk === pk && key.sk.startsWith(sk));
  if (found === undefined) throw new Error(`no ${pk} ${sk}`);
  return found;
};
const rowItem = (row: { whose: string; at: string; eventId: string }) =>
  item(row.whose, `event#${row.at}#${row.eventId}`);
const sealItem = (number: number) => item("audit-seals", `hour#${hour(number)}`);
/** Whoever may write the table, without the keys. */
const write = async (current: DumpedItem, value: JsonObject) => {
  await audit().remove(current);
  await audit().putIfAbsent(current.key, value, { writtenBy: current.writtenBy });
};

describe("the security log as it was sealed", () => {
  it("is whole: every hour and every row was looked at, and the newest seal is told", async () => {
    await sealedLog();
    const { lines, findings, end } = await verified();

    expect(findings).toEqual([]);
    const hours = lines.filter((line) => line.line === "hour");
    expect(hours.slice(0, 5).map((line) => [line.hour, line.rows])).toEqual([
      [hour(3), 2],
      [hour(4), 2],
      [hour(5), 0],
      [hour(6), 2],
      [hour(7), 0],
    ]);
    expect(end).toMatchObject({ hours: hours.length, rows: 6, expired: 0, late: 0, unmarked: 0, findings: 0 });
    expect(lines[0]).toEqual({ line: "begin", sealedFrom: hour(3), hours: hours.length });
    expect(end.newest?.mac).toBe(item("audit-seals", `hour#${end.newest?.hour}`).value["mac"]);
  });

  it("can be looked at in part, and the seal before is asked for all the same", async () => {
    await sealedLog();
    const span = { from: `${hour(4)}:30:00.000Z`, to: `${hour(6)}:00:00.000Z` };
    expect((await verified(span)).lines.flatMap((line) => (line.line === "hour" ? [line.hour] : []))).toEqual([
      hour(4),
      hour(5),
    ]);
    await audit().remove(sealItem(3));
    await audit().putIfAbsent(sealItem(4).key, {}, { writtenBy: "nobody" });
    expect((await verified(span)).findings).toEqual([]);
    await audit().putIfAbsent({ pk: "audit-seals", sk: `hour#${hour(3)}` }, {}, { writtenBy: "somebody" });
    expect((await verified(span)).findings).toEqual([{ what: "link_broken", hour: hour(4) }]);
  });

  it("is operators' alone, and their looking is told once", async () => {
    expect((await system.call("GET", path)).status).toBe(401);
    await sealedLog();
    await verified();
    while (system.transport.held("audit").length > 0) await system.clock.advance(100);
    const told = system.transport.published("events").filter(({ body }) => body.includes("verifyAudit"));
    expect(told).toHaveLength(1);
  });

  it("refuses a span or a seal that is none", async () => {
    for (const query of ["from=yesterday", "to=x", "known=x", "more=1"]) {
      expect((await system.call("GET", `${path}?${query}`, { headers })).status).toBe(400);
    }
  });

  it("is nothing at all before anything was sealed", async () => {
    expect((await verified()).end).toMatchObject({ hours: 0, rows: 0, findings: 0 });
  });
});

describe("a row", () => {
  it("that was removed is named", async () => {
    const [, row] = await sealedLog();
    if (row === undefined) throw new Error("no row");
    await audit().remove(rowItem(row));
    expect((await verified()).findings).toEqual([{ what: "row_removed", hour: hour(3), row }]);
  });

  it.each([
    ["says something else", (value: JsonObject) => ({ ...value, outcome: "failed" })],
    ["has lost its mark", ({ mac: _, ...value }: JsonObject) => value],
    ["has another mark", (value: JsonObject) => ({ ...value, mac: `k1.${"A".repeat(43)}` })],
    ["is no row any more", () => ({ hello: "world" })],
  ] as const)("that %s is named, once", async (_, change) => {
    const [, , row] = await sealedLog();
    if (row === undefined) throw new Error("no row");
    const current = rowItem(row);
    await write(current, change(current.value) as JsonObject);
    expect((await verified()).findings).toEqual([{ what: "row_changed", hour: hour(4), row }]);
  });

  it("that was written a second time is named, even with what it had said", async () => {
    const [row] = await sealedLog();
    if (row === undefined) throw new Error("no row");
    const current = rowItem(row);
    await audit().replace(current, current.value, { writtenBy: "somebody" });
    expect((await verified()).findings).toEqual([{ what: "row_changed", hour: hour(3), row }]);
  });

  it.each([
    ["without a mark", undefined],
    ["with a mark of another's key", `k1.${"A".repeat(43)}`],
  ])("that was added %s is named", async (_, mac) => {
    const [row] = await sealedLog();
    if (row === undefined) throw new Error("no row");
    const added = { whose: row.whose, at: new Date(during(3) + 25 * 3600_000).toISOString(), eventId: randomUUID() };
    const { mac: _mac, ...value } = rowItem(row).value;
    const said = { ...value, eventId: added.eventId, at: added.at, ...(mac !== undefined && { mac }) };
    await audit().putIfAbsent({ pk: added.whose, sk: `event#${added.at}#${added.eventId}` }, said, { writtenBy: "x" });
    expect((await verified()).findings).toEqual([{ what: "row_added", row: added }]);
  });

  it("that was copied to another user, mark and all, is named", async () => {
    const [row] = await sealedLog();
    if (row === undefined) throw new Error("no row");
    const current = rowItem(row);
    const whose = `user#${randomUUID()}`;
    await audit().putIfAbsent({ pk: whose, sk: current.key.sk }, current.value, { writtenBy: "x" });
    expect((await verified()).findings).toEqual([{ what: "row_added", row: { ...row, whose } }]);
  });

  it("that came to its hour when that was sealed is counted, and no finding", async () => {
    await sealedLog();
    await recorded(during(4));
    expect(await verified()).toMatchObject({ findings: [], end: { late: 1, rows: 6 } });
  });

  it("from before there were seals is counted, and no finding", async () => {
    const [row] = await sealedLog();
    if (row === undefined) throw new Error("no row");
    const { mac: _, ...value } = rowItem(row).value;
    await audit().putIfAbsent({ pk: row.whose, sk: "event#2026-01-01T00:00:00.000Z#old" }, value, { writtenBy: "x" });
    expect(await verified()).toMatchObject({ findings: [], end: { unmarked: 1, looked: 7 } });
  });

  it("whose time is over may go, and one whose time is not may not", async () => {
    await sealed(during(3) - 30 * 24 * 3600_000);
    const old = during(3) - 30 * 24 * 3600_000;
    const over = await recorded(old, { retentionDays: 29 });
    const kept = await recorded(old + 1, { retentionDays: 60 });
    await sealed();
    for (const row of [over, kept]) await audit().remove(rowItem(row));
    const { findings, end } = await verified();
    expect(findings).toEqual([{ what: "row_removed", hour: new Date(old).toISOString().slice(0, 13), row: kept }]);
    expect(end.expired).toBe(1);
  });
});

describe("a seal", () => {
  it("that was changed is named, and so is what was bound to it", async () => {
    await sealedLog();
    const current = sealItem(4);
    await write(current, { ...current.value, rows: 1 });
    expect((await verified()).findings).toEqual([{ what: "seal_changed", hour: hour(4) }]);
    await write(sealItem(4), { ...current.value, mac: `k1.${"A".repeat(43)}` });
    expect((await verified()).findings).toEqual([
      { what: "seal_changed", hour: hour(4) },
      { what: "link_broken", hour: hour(5) },
    ]);
  });

  it("that was swapped with another is named at both places", async () => {
    await sealedLog();
    const [one, other] = [sealItem(3), sealItem(6)];
    await write(one, other.value);
    await write(other, one.value);
    const { findings } = await verified();
    expect(findings.filter(({ what }) => what === "seal_changed").map((each) => each.hour)).toEqual([hour(3), hour(6)]);
  });

  it("that is missing is named, in the middle and at the end", async () => {
    await sealedLog();
    await audit().remove(sealItem(5));
    expect((await verified()).findings).toEqual([{ what: "seal_missing", hour: hour(5) }]);
    for (const { key, ...rest } of audit().dump()) {
      if (key.sk > `hour#${hour(6)}` && key.pk === "audit-seals") await audit().remove({ key, ...rest });
    }
    const { findings } = await verified();
    expect(findings.slice(0, 2)).toEqual([
      { what: "seal_missing", hour: hour(5) },
      { what: "seal_missing", hour: hour(7) },
    ]);
  });

  it("that was noted elsewhere shows that the end was cut off and made anew", async () => {
    const [, , , , row] = await sealedLog();
    const { hour: newest, mac } = (await verified()).end.newest ?? { hour: "", mac: "" };
    const known = `${newest}=${mac}`;
    expect((await verified({ known })).findings).toEqual([]);

    if (row === undefined) throw new Error("no row");
    await audit().remove(rowItem(row));
    for (const { key, ...rest } of audit().dump()) {
      const isOfTheEnd = key.pk === "audit-seals" && key.sk >= `hour#${hour(6)}`;
      if (isOfTheEnd || (key.pk.startsWith("recorded#") && key.sk.includes(row.eventId)))
        await audit().remove({ key, ...rest });
    }
    await sealed(system.clock.now() + 1000);
    expect((await verified()).findings).toEqual([]);
    expect((await verified({ known })).findings).toEqual([{ what: "seal_changed", hour: newest }]);
  });

  it("whose list of rows was changed or removed is named", async () => {
    await sealedLog();
    const part = item(`audit-seal#${hour(3)}`, "part#");
    await write(part, { rows: [] });
    expect((await verified()).findings).toEqual([{ what: "part_changed", hour: hour(3) }]);
    await audit().remove(item(`audit-seal#${hour(3)}`, "part#"));
    expect((await verified()).findings).toEqual([{ what: "part_missing", hour: hour(3) }]);
  });

  it("of the beginning cannot be moved: what was sealed before it is still looked at", async () => {
    await sealedLog();
    await write(item("audit-seals", "begin"), { hour: hour(6), mac: "k1.x" });
    const { findings, end } = await verified();
    expect(findings).toEqual([{ what: "begin_changed", hour: hour(3) }]);
    expect(end.rows).toBe(6);
  });

  it("made with a key that is gone cannot be told, and that is said", async () => {
    await sealed(during(3));
    const gone = auditMarks(derivation(parseKeyring(`k0:${Buffer.alloc(32, 9).toString("base64url")}`)));
    await sealDueHours({ seals: sealStore(audit(), gone), now: () => during(4) + 3600_000, log: silentLog }, undefined);
    await sealed();
    expect(new Set((await verified()).findings.map(({ what }) => what))).toContain("key_unknown");
  });
});

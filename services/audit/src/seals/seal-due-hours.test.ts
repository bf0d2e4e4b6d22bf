import { beforeEach, describe, expect, it } from "@jest/globals";
import { type EventMessage, events } from "@lanyard/contracts";
import type { Log } from "@lanyard/messaging";
import { auditMarks, derivation, parseKeyring } from "@lanyard/secrets";
import { type DumpedItem, type MemoryItemStore, memoryItemStore } from "@lanyard/storage";
import { recordEvent } from "../record-event.ts";
import { securityEventStore } from "../security-event-store.ts";
import { sealDueHours } from "./seal-due-hours.ts";
import { sealStore } from "./seal-store.ts";

const marks = auditMarks(derivation(parseKeyring(`k1:${Buffer.alloc(32, 5).toString("base64url")}`)));
const uuid = (index: number): string => `${String(index).padStart(8, "0")}-8b1f-8a6c-8d2e-3f4a5b6c7d8e`;
const at = (hour: number, minute = 0): number => Date.UTC(2026, 10, 21, hour, minute);

let table: MemoryItemStore;
let time: number;
let told: { readonly level: string; readonly message: string }[];
const now = (): number => time;
const telling = (level: string) => (_fields: object, message: string) => void told.push({ level, message });
const log: Log = { debug: telling("debug"), info: telling("info"), warn: telling("warn"), error: telling("error") };

const record = async (index: number, retentionDays?: number): Promise<void> => {
  const event: EventMessage = {
    specversion: "1.0",
    id: uuid(index),
    type: events.sessionOpened.type,
    source: "lanyard/session",
    time: new Date(time).toISOString(),
    datacontenttype: "application/json",
    data: { userId: uuid(0), userKind: "account", sessionId: uuid(index), method: "magic_link" },
    subject: uuid(0),
    operationid: `op_${"0".repeat(32)}${"A".repeat(22)}`,
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
  };
  await recordEvent(securityEventStore(table, { marks, now, retentionDays }))(event);
};
const seal = (seen?: string, store = table): Promise<string | undefined> =>
  sealDueHours({ seals: sealStore(store, marks), now, log }, seen);
const items = (pk: string): DumpedItem[] => table.dump().filter(({ key }) => key.pk === pk);
const seals = () => items("audit-seals").filter(({ key }) => key.sk.startsWith("hour#"));
const hours = () => seals().map(({ value }) => [String(value["hour"]).slice(-2), value["rows"]]);
const rowsIn = (hour: string) =>
  items(`audit-seal#${hour}`).flatMap(({ value }) =>
    (value["rows"] as { eventId: string }[]).map((row) => row.eventId),
  );

beforeEach(() => {
  table = memoryItemStore();
  told = [];
  time = at(12, 5);
});

describe("an hour of the security log", () => {
  it("is sealed ten minutes after its end, and not before", async () => {
    await seal();
    await record(1);
    time = at(13, 10) - 1;
    expect([await seal(), hours()]).toEqual([undefined, []]);
    time = at(13, 10);
    expect([await seal(), hours()]).toEqual(["2026-11-21T12", [["12", 1]]]);
    expect(rowsIn("2026-11-21T12")).toEqual([uuid(1)]);
    const [first] = seals();
    expect(marks.check("seal", first?.key ?? { pk: "", sk: "" }, first?.value ?? {})).toBe("genuine");
    expect(first?.value["previous"]).toBeUndefined();
    expect(told).toEqual([{ level: "info", message: "sealed an hour of the security log" }]);
  });

  it("is sealed without rows, too, and each bound to the one before, also when nobody sealed for hours", async () => {
    await seal();
    await record(1);
    time = at(15, 30);
    await record(2);
    time = at(17, 10);
    await seal();
    expect(hours()).toEqual([
      ["12", 1],
      ["13", 0],
      ["14", 0],
      ["15", 1],
      ["16", 0],
    ]);
    expect(seals().map(({ value }) => value["previous"])).toEqual([
      undefined,
      ...seals()
        .slice(0, -1)
        .map(({ value }) => value["mac"]),
    ]);
  });

  it("has as many parts as its rows need", async () => {
    await seal();
    for (let index = 1; index <= 1201; index += 1) await record(index);
    time = at(13, 10);
    await seal();
    expect(seals().map(({ value }) => [value["rows"], (value["parts"] as unknown[]).length])).toEqual([[1201, 3]]);
    expect(new Set(rowsIn("2026-11-21T12")).size).toBe(1201);
  });

  it("is sealed once by any number of workers, also when a row comes in between them", async () => {
    await Promise.all([seal(), seal(), seal()]);
    await record(1);
    const halted = { ...table };
    let hasCome = false;
    halted.list = async (...given) => {
      const page = await table.list(...given);
      if (given[0].startsWith("recorded#") && !hasCome) {
        hasCome = true;
        time = at(12, 59);
        await record(2);
        time = at(13, 10);
        // What the one has not seen, the other seals first.
        await seal();
        time = at(14, 10);
      }
      return page;
    };
    time = at(13, 10);
    await seal(undefined, halted);
    await Promise.all(Array.from({ length: 8 }, () => seal()));
    expect(hours()).toEqual([
      ["12", 2],
      ["13", 0],
    ]);
    expect(seals()[1]?.value["previous"]).toBe(seals()[0]?.value["mac"]);
  });

  it("does not take in what no audit worker has put on its list", async () => {
    await seal();
    await record(1);
    const [entry] = items("recorded#2026-11-21T12");
    if (entry === undefined) throw new Error("no entry");
    const forged = { ...entry.value, eventId: uuid(2) };
    await table.putIfAbsent({ ...entry.key, sk: `${entry.key.sk}2` }, forged, { writtenBy: "somebody" });
    time = at(13, 10);
    await seal();
    expect(rowsIn("2026-11-21T12")).toEqual([uuid(1)]);
    expect(told.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("says when the last of its rows may go, and never if one is for good", async () => {
    await seal();
    await record(1, 30);
    time = at(13, 5);
    await record(2, 30);
    await record(3);
    time = at(14, 10);
    await seal();
    expect(seals().map(({ value }) => value["keptUntil"])).toEqual(["2026-12-21T12:05:00.000Z", undefined]);
    const [thirty, ...forGood] = table.dump().filter(({ key }) => key.pk.startsWith("audit-seal#"));
    expect(thirty?.ttlEpochSeconds).toBe(Date.UTC(2026, 11, 22, 12, 5) / 1000);
    expect(forGood.map(({ ttlEpochSeconds }) => ttlEpochSeconds)).toEqual([undefined]);
  });
});

describe("a seal that was there and is gone", () => {
  it("is not made anew: nothing more is sealed, and the log says so", async () => {
    await seal();
    time = at(15, 10);
    const seen = await seal();
    const [last] = seals().slice(-1);
    if (last === undefined) throw new Error("no seal");
    await table.remove(last);
    time = at(17, 10);
    expect(await seal(seen)).toBe("2026-11-21T14");
    expect(hours().map(([hour]) => hour)).toEqual(["12", "13"]);
    expect(told.at(-1)).toMatchObject({ level: "error" });
  });
});

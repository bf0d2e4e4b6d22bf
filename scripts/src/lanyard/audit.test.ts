import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { refusal, type StandInGateway, standInGateway } from "./testing/stand-in-gateway.ts";

const hour = "2026-11-21T12";
const row = { whose: "user#5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90", at: `${hour}:01:00.000Z`, eventId: "e1" };
const begin = { line: "begin", sealedFrom: hour, hours: 2 };
const part = { line: "part", hour, rows: 3, findings: [] };
const sealed = { line: "hour", hour, rows: 3, expired: 0, late: 0, findings: [] };
const empty = { ...sealed, hour: "2026-11-21T13", rows: 0 };
const rows = { line: "rows", looked: 3, findings: [] };
const end = {
  line: "end",
  hours: 2,
  rows: 3,
  expired: 0,
  late: 0,
  looked: 3,
  unmarked: 0,
  findings: 0,
  newest: { hour: "2026-11-21T13", mac: "k1.mac" },
  checkedAt: "2026-11-21T15:00:00.000Z",
};
const removed = { what: "row_removed", hour, row };
const broken = { what: "link_broken", hour: "2026-11-21T13" };
const whole = { lines: [begin, part, sealed, empty, rows, end] };
const notWhole = {
  lines: [
    begin,
    { ...part, findings: [removed] },
    sealed,
    { ...empty, findings: [broken] },
    rows,
    { ...end, findings: 2 },
  ],
};

let gateway: StandInGateway;
beforeEach(async () => {
  gateway = await standInGateway();
});
afterEach(() => gateway.stop());

describe("lanyard audit verify", () => {
  it("says that all is as it was written, and which seal to keep", async () => {
    gateway.answers.push(whole);
    const told = await gateway.lanyard(["audit", "verify"]);

    expect(told).toMatchObject({ status: 0, err: "" });
    expect(told.out).toBe(
      "whole: 2 hours, 3 rows sealed, 3 in the table\nnewest seal, to keep elsewhere: 2026-11-21T13=k1.mac\n",
    );
    expect(gateway.asked()).toEqual(["GET /api/v2/admin/audit/verification?"]);
    expect(gateway.accepts()).toEqual(["application/x-ndjson"]);
  });

  it("shows how far it is meanwhile, and takes that away at the end", async () => {
    gateway.answers.push(whole);
    const { shown } = await gateway.lanyard(["audit", "verify"]);

    expect(shown.at(-1)).toBe("");
    expect(shown).toContain("[############············]  1 of 2 hours  3 rows sealed  0 rows in the table  0 findings");
    expect(shown).toContain("[########################]  2 of 2 hours  3 rows sealed  3 rows in the table  0 findings");
  });

  it("names what was removed and which link is broken, and ends with 1", async () => {
    gateway.answers.push(notWhole, notWhole);
    const told = await gateway.lanyard(["audit", "verify"]);
    const tabs = await gateway.lanyard(["audit", "verify"], { isTerminal: false });

    expect(told).toMatchObject({ status: 1, err: "not as it was written: 2 findings\n" });
    expect(told.out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["WHEN", "WHAT", "WHOSE", "EVENT"],
      [row.at, "a row was removed", row.whose, "e1"],
      ["2026-11-21T13", "the seal is not bound to the seal of the hour before", "-", "-"],
      [expect.stringContaining("broken: ")],
      [expect.stringContaining("newest seal")],
      [""],
    ]);
    expect(tabs).toMatchObject({
      status: 1,
      out: `${row.at}\trow_removed\t${row.whose}\te1\n2026-11-21T13\tlink_broken\t-\t-\n`,
    });
  });

  it("gives scripts one object with every finding", async () => {
    gateway.answers.push(notWhole);
    const { status, out } = await gateway.lanyard(["audit", "verify", "--json"]);

    expect(status).toBe(1);
    const { line: _, ...counts } = end;
    expect(JSON.parse(out)).toEqual({ ...counts, findings: [removed, broken] });
  });

  it("asks for a span, and for a seal that must stand", async () => {
    gateway.answers.push(whole);
    await gateway.lanyard([
      "audit",
      "verify",
      "--from",
      "2026-11-21",
      "--to",
      "2026-11-22T00:00:00Z",
      "--known",
      "h=m",
    ]);

    expect(gateway.asked()).toEqual([
      `GET /api/v2/admin/audit/verification?${new URLSearchParams({
        from: "2026-11-21T00:00:00.000Z",
        to: "2026-11-22T00:00:00.000Z",
        known: "h=m",
      })}`,
    ]);
    expect(await gateway.lanyard(["audit", "verify", "--from", "yesterday"])).toMatchObject({ status: 2 });
  });

  it("takes nothing that breaks off for the whole", async () => {
    const withoutEnd = whole.lines.slice(0, -1);
    gateway.answers.push(
      { lines: withoutEnd },
      { lines: withoutEnd, cut: true },
      { lines: [begin, { line: "new" }, end] },
    );
    for (const why of ["broke off", "broke: ", "does not know"]) {
      expect(await gateway.lanyard(["audit", "verify"])).toMatchObject({
        status: 1,
        out: "",
        err: expect.stringContaining(why),
      });
    }
  });

  it("says who may not look", async () => {
    gateway.answers.push(refusal("admin_required"));
    expect(await gateway.lanyard(["audit", "verify"])).toMatchObject({ status: 3, out: "" });
  });
});

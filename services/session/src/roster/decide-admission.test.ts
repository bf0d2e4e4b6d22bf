import { describe, expect, it } from "@jest/globals";
import type { Session } from "../session-store.ts";
import { at, brokerNow, operation, session, sessionIdOf } from "../testing/sessions-under-test.ts";
import { type AdmissionDecision, decideAdmission } from "./decide-admission.ts";
import type { RosterEntry } from "./roster-store.ts";

const HOUR = 3600_000;
const limit = 3;
const entry = (count: number, given: Partial<RosterEntry> = {}): RosterEntry => ({
  sessionId: sessionIdOf(count),
  method: "magic_link",
  admittedAt: at(count - HOUR),
  ...given,
});
const revoked = { at: at(-1), reason: "logout", operationId: operation(8) } as const;
const applicant = { sessionId: sessionIdOf(9), method: "email_otp", operationId: operation(9) } as const;
const own: RosterEntry = { sessionId: sessionIdOf(9), method: "email_otp", admittedAt: at(0) };
/** The ninth wants in; what is at each session, by its number. */
const decide = (
  entries: readonly RosterEntry[],
  found: Readonly<Record<number, Session | undefined>> = {},
  given: { readonly limit?: number } = {},
): AdmissionDecision =>
  decideAdmission(entries, applicant, {
    ...{ limit, now: brokerNow(), ...given },
    seen: new Map(Object.entries(found).map(([count, each]) => [sessionIdOf(Number(count)), each])),
  });
const full = [entry(1), entry(2), entry(3)];
const alive = { 1: session(1), 2: session(2), 3: session(3), 9: undefined };
const evicted = (count: number): RosterEntry => entry(count, { evictedBy: operation(9) });

describe("a roster with room", () => {
  it("takes a session without looking at any other", () => {
    expect(decide([])).toEqual({ kind: "admit", entries: [own] });
    expect(decide([entry(1), entry(2)])).toEqual({ kind: "admit", entries: [entry(1), entry(2), own] });
  });

  it("has room beside those that were marked before, which stay", () => {
    const marked = entry(1, { evictedBy: operation(4) });
    expect(decide([marked, entry(2), entry(3)])).toEqual({ kind: "admit", entries: [marked, entry(2), entry(3), own] });
  });
});

describe("a full roster", () => {
  it("has each looked at before anyone goes, and whether the newcomer is open already", () => {
    expect(decide(full)).toEqual({ kind: "look", at: [1, 2, 3, 9].map(sessionIdOf) });
    expect(decide(full, { 1: session(1), 9: undefined })).toEqual({ kind: "look", at: [2, 3].map(sessionIdOf) });
  });

  it("gives the oldest's place away, which stays marked", () => {
    expect(decide(full, alive)).toEqual({
      kind: "admit",
      entries: [evicted(1), entry(2), entry(3), { ...own, replaces: [sessionIdOf(1)] }],
    });
  });

  it("is led by the order of admission, not by any time", () => {
    const entries = [entry(3), entry(1), entry(2)];
    expect(decide(entries, alive)).toMatchObject({ entries: [evicted(3), entry(1), entry(2), {}] });
  });

  it.each([
    ["has been ended", session(2, { revoked })],
    ["has been expired for an hour", session(2, { expiresAt: at(-HOUR) })],
  ])("gives the place of one that %s, and nobody goes", (_, second) => {
    expect(decide(full, { ...alive, 2: second })).toEqual({ kind: "admit", entries: [entry(1), entry(3), own] });
  });

  it("ends one that has just expired, and no other: a use on its way might bring it back", () => {
    for (const expiresAt of [at(0), at(1 - HOUR)]) {
      expect(decide(full, { ...alive, 2: session(2, { expiresAt }) })).toEqual({
        kind: "admit",
        entries: [entry(1), evicted(2), entry(3), { ...own, replaces: [sessionIdOf(2)] }],
      });
    }
  });

  it("counts one whose opening may be under way as alive, for 25 hours", () => {
    const [opening, lost] = [at(1 - 25 * HOUR), at(-25 * HOUR)].map((admittedAt) => entry(1, { admittedAt }));
    if (opening === undefined || lost === undefined) throw new Error();
    const found = { ...alive, 1: undefined };
    expect(decide([opening, entry(2), entry(3)], found)).toMatchObject({
      entries: [{ ...opening, evictedBy: operation(9) }, {}, {}, {}],
    });
    expect(decide([lost, entry(2), entry(3)], found)).toEqual({ kind: "admit", entries: [entry(2), entry(3), own] });
  });

  it("gives away as many places as a limit that was lowered asks for, oldest first", () => {
    expect(decide(full, alive, { limit: 1 })).toEqual({
      kind: "admit",
      entries: [evicted(1), evicted(2), evicted(3), { ...own, replaces: [1, 2, 3].map(sessionIdOf) }],
    });
    expect(decide(full, { ...alive, 1: session(1, { revoked }) }, { limit: 2 })).toEqual({
      kind: "admit",
      entries: [evicted(2), entry(3), { ...own, replaces: [sessionIdOf(2)] }],
    });
  });

  it("keeps those that were marked before, ended or not: somebody has to make sure of item and log", () => {
    const marked = entry(4, { evictedBy: operation(5) });
    const found = { ...alive, 4: session(4, { revoked }) };
    expect(decide([marked, ...full], found)).toMatchObject({ entries: [marked, evicted(1), {}, {}, {}] });
  });
});

describe("a session that comes again", () => {
  it("is on the roster, full or marked as it may be", () => {
    expect(decide([entry(9)])).toEqual({ kind: "admitted" });
    expect(decide([...full, entry(9, { evictedBy: operation(5) })])).toEqual({ kind: "admitted" });
  });

  it.each([session(9), session(9, { revoked })])("lets everybody be when its item stands", (standing) => {
    expect(decide(full, { ...alive, 9: standing })).toEqual({ kind: "opened" });
  });
});

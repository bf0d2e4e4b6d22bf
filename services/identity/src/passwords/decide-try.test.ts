import { describe, expect, it } from "@jest/globals";
import { operation } from "../testing/sign-ins.ts";
import { decideRight, decideTry, delaySecondsAfter } from "./decide-try.ts";
import type { PasswordFailures } from "./failed-tries.ts";

const limits = { most: 100, kept: 16 };
const at = (seconds: number): string => new Date(Date.parse("2026-11-21T12:00:00.000Z") + seconds * 1000).toISOString();
const version = operation(0, "password");
const tried = (number: number, seconds: number, passwordVersion: string | undefined = version) => ({
  operationId: operation(number),
  receivedAt: at(seconds),
  passwordVersion,
});
const decide = (failures: PasswordFailures | undefined, ...attempt: Parameters<typeof tried>) =>
  decideTry(failures, tried(...attempt), limits);

/** Fails as soon as it may, so many times; gives back what stands then and how many seconds that took. */
function failing(times: number): { failures: PasswordFailures; seconds: number } {
  let failures: PasswordFailures | undefined;
  let seconds = 0;
  for (let number = 1; number <= times; number += 1) {
    const early = decide(failures, number, seconds);
    if (early.kind === "refused") seconds += early.retryAfterSeconds ?? Number.NaN;
    const decision = decide(failures, number, seconds);
    if (decision.kind !== "count") throw new Error(`the try ${number} is ${decision.kind}`);
    failures = decision.next;
  }
  if (failures === undefined) throw new Error("nothing failed");
  return { failures, seconds };
}

describe("wrong passwords in a row", () => {
  it("cost nothing five times, then a second, and each time twice as long up to an hour", () => {
    expect([0, 4, 5, 6, 7, 16, 17, 99].map(delaySecondsAfter)).toEqual([0, 0, 1, 2, 4, 2048, 3600, 3600]);
  });

  it("take days to be a hundred, however they are sent", () => {
    expect(failing(5).seconds).toBe(0);
    expect(failing(10).seconds).toBe(31);
    expect(failing(100).seconds / (24 * 3600)).toBeGreaterThan(3);
  });

  it("are no more than a hundred: nothing is compared from then on, whenever it comes", () => {
    const { failures, seconds } = failing(100);
    for (const later of [0, 3600, 365 * 24 * 3600]) {
      expect(decide(failures, 101, seconds + later)).toEqual({ kind: "refused" });
    }
  });

  it("that come too early are not counted, and are told when to come back", () => {
    const { failures, seconds } = failing(10);
    expect(decide(failures, 11, seconds)).toEqual({ kind: "refused", retryAfterSeconds: 32 });
    expect(decide(failures, 11, seconds + 30.5)).toEqual({ kind: "refused", retryAfterSeconds: 2 });
    expect(decide(failures, 11, seconds + 32)).toMatchObject({ kind: "count", counted: { count: 11 } });
  });

  it("that have waited in a queue are as early as they were when they were received", () => {
    const { failures, seconds } = failing(10);
    const received = Array.from({ length: 50 }, (_, index) => decide(failures, 11 + index, seconds + 1).kind);
    expect(new Set(received)).toEqual(new Set(["refused"]));
  });

  it("are in a row with none of before another password was set", () => {
    const { failures, seconds } = failing(100);
    const next = decide(failures, 101, seconds, operation(1, "password"));
    expect(next).toMatchObject({ kind: "count", counted: { count: 1 } });
    expect(next).not.toHaveProperty("next.notBefore");
  });

  it("are in a row with none of a month ago, unless there were a hundred", () => {
    const { failures, seconds } = failing(20);
    expect(decide(failures, 21, seconds + 29 * 24 * 3600)).toMatchObject({ counted: { count: 21 } });
    expect(decide(failures, 21, seconds + 31 * 24 * 3600)).toMatchObject({ counted: { count: 1 } });
  });
});

describe("a try that comes again", () => {
  it("is the one that it was, also when no more may be tried", () => {
    const { failures } = failing(100);
    expect(decide(failures, 100, 0)).toEqual({
      kind: "counted-before",
      counted: { operationId: operation(100), count: 100, passwordVersion: version },
    });
  });

  it("keeps the password that it was compared with", () => {
    const { failures } = failing(3);
    expect(decide(failures, 3, 0, operation(1, "password"))).toMatchObject({ counted: { passwordVersion: version } });
  });
});

describe("a right password", () => {
  it("ends the row", () => {
    const { failures, seconds } = failing(10);
    const decision = decideRight(failures, operation(10));
    if (decision.kind !== "begin-anew") throw new Error(decision.kind);
    expect(decision.next).toMatchObject({ count: 0 });
    expect(decision.next).not.toHaveProperty("notBefore");
    expect(decide(decision.next, 11, seconds)).toMatchObject({ counted: { count: 1 } });
    expect(decide(decision.next, 10, seconds)).toMatchObject({
      kind: "counted-before",
      counted: { count: 10, wasRight: true },
    });
  });

  it("ends it once: when its message comes late, what has failed since stays failed", () => {
    const ended = decideRight(failing(10).failures, operation(10));
    if (ended.kind !== "begin-anew") throw new Error(ended.kind);
    const since = decide(ended.next, 11, 100);
    if (since.kind !== "count") throw new Error(since.kind);
    expect(decideRight(since.next, operation(10))).toEqual({ kind: "keep" });
    expect(decideRight(since.next, operation(12))).toEqual({ kind: "keep" });
    expect(decideRight(undefined, operation(10))).toEqual({ kind: "keep" });
  });
});

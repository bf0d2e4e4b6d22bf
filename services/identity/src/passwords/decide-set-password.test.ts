import { describe, expect, it } from "@jest/globals";
import { operation } from "../testing/sign-ins.ts";
import { decideSetPassword, type WantedPassword } from "./decide-set-password.ts";
import type { Password } from "./password-store.ts";

const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const at = (seconds: number): string => new Date(Date.parse("2026-11-21T12:00:00.000Z") + seconds * 1000).toISOString();
const ways = ["registered", "changed", "reset"] as const;
const wanted = (number: number, how: WantedPassword["how"], more: Partial<WantedPassword> = {}): WantedPassword => ({
  userId,
  hash: `hash ${number}`,
  isShort: false,
  operationId: operation(number),
  receivedAt: at(number),
  how,
  ...more,
});
const decide = (
  current: Password | undefined,
  password: WantedPassword,
  { now = at(1000), hasSecondFactor = false } = {},
) => decideSetPassword(current, password, { now, hasSecondFactor, changesKept: 16 });
const setBy = (current: Password | undefined, password: WantedPassword): Password => {
  const decision = decide(current, password);
  if (decision.kind !== "set") throw new Error(decision.kind);
  return decision.next;
};
const first = setBy(undefined, wanted(1, "registered"));

describe("the first password of an account", () => {
  it.each(ways)("is set, whichever way: %s", (how) => {
    expect(decide(undefined, wanted(1, how))).toEqual({
      kind: "set",
      at: at(1000),
      next: {
        userId,
        hash: "hash 1",
        isShort: false,
        setBy: operation(1),
        setAt: at(1000),
        receivedAt: at(1),
        changes: [{ operationId: operation(1), receivedAt: at(1), at: at(1000) }],
      },
    });
  });
});

describe("another password", () => {
  it("is never the one that waited for a proof", () => {
    expect(decide(first, wanted(2, "registered"))).toEqual({ kind: "replaced" });
  });

  it("replaces the one that it was to replace, and no other", () => {
    const change = wanted(3, "changed", { passwordVersion: operation(1) });
    expect(decide(first, change)).toMatchObject({ kind: "set", next: { setBy: operation(3) } });
    expect(decide(setBy(first, wanted(2, "reset")), change)).toEqual({ kind: "replaced" });
    expect(decide(first, wanted(3, "changed"))).toEqual({ kind: "replaced" });
    expect(decide(undefined, change)).toEqual({ kind: "replaced" });
  });

  it("by mail replaces any that was not asked for later", () => {
    const third = setBy(first, wanted(3, "reset"));
    expect(third.setBy).toBe(operation(3));
    expect(decide(third, wanted(2, "reset"))).toEqual({ kind: "superseded" });
    expect(decide(third, wanted(4, "reset"))).toMatchObject({ kind: "set" });
  });

  it("is not suspended any more", () => {
    const suspended = { ...first, suspended: { at: at(2), operationId: operation(2) } };
    expect(setBy(suspended, wanted(3, "reset"))).not.toHaveProperty("suspended");
  });

  it("is set once: its message may come again whatever has been set since", () => {
    const second = setBy(first, wanted(2, "changed", { passwordVersion: operation(1) }));
    const third = setBy(second, wanted(3, "reset"));
    for (const how of ways) expect(decide(third, wanted(2, how))).toEqual({ kind: "set-before", at: at(1000) });
  });
});

describe("a short password", () => {
  it("is set beside a second factor only", () => {
    const short = wanted(2, "reset", { isShort: true });
    expect(decide(first, short)).toEqual({ kind: "too-short" });
    expect(decide(first, short, { hasSecondFactor: true })).toMatchObject({ kind: "set", next: { isShort: true } });
  });
});

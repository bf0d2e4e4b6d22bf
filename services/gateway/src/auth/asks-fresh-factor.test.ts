import { describe, expect, it } from "@jest/globals";
import type { Response } from "express";
import { asksFreshFactor } from "./asks-fresh-factor.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");
const seconds = (before: number): number => noon / 1000 - before;
const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";

interface Asking {
  readonly isOn?: boolean;
  readonly claims?: { readonly auth_time?: number; readonly second_factor_time?: number };
  readonly by?: "token" | "visitor";
  readonly when?: (body: object, hasSecondFactor: boolean) => boolean;
}

/** What a request comes to: `passes`, or what it is refused with. */
async function asked({ isOn = false, claims = {}, by = "token", when }: Asking): Promise<unknown> {
  const response = {
    locals: { identity: { by, userId, claims: { auth_time: seconds(0), ...claims } } },
  } as unknown as Response;
  const factor = { totp: isOn ? {} : undefined };
  const ask = asksFreshFactor(
    { projections: { secondFactor: async () => factor as never }, stepUpSeconds: 900, now: () => noon },
    when,
  );
  return ask({ name: "a body" }, response).then(
    () => "passes",
    ({ code, extra }: { code: string; extra: object }) => ({ code, ...extra }),
  );
}

const first = { code: "step_up_required", factor: "first" };
const second = { code: "step_up_required", factor: "second" };

describe("a route that asks for a fresh factor", () => {
  it.each([
    ["without a second factor: a sign-in of just now", {}, "passes"],
    [
      "without a second factor: a sign-in of a moment less than fifteen minutes",
      { claims: { auth_time: seconds(899) } },
      "passes",
    ],
    ["without a second factor: one of fifteen minutes", { claims: { auth_time: seconds(900) } }, first],
    ["with a second factor: no sign-in without it, however fresh", { isOn: true }, second],
    [
      "with a second factor: one that was proven just now, in an old sign-in",
      { isOn: true, claims: { auth_time: seconds(9999), second_factor_time: seconds(0) } },
      "passes",
    ],
    [
      "with a second factor: one of fifteen minutes",
      { isOn: true, claims: { second_factor_time: seconds(900) } },
      second,
    ],
    [
      "a second factor that was proven when there was one is none now",
      { claims: { auth_time: seconds(900), second_factor_time: seconds(0) } },
      first,
    ],
    ["a visitor by its id", { by: "visitor" as const }, { code: "account_required" }],
  ])("%s", async (_, asking, result) => {
    expect(await asked(asking)).toEqual(result);
  });

  it("asks only when it is told to, of what body and factor say", async () => {
    const told: unknown[] = [];
    const when = (body: object, hasSecondFactor: boolean) => told.push([body, hasSecondFactor]) < 0;

    expect(await asked({ isOn: true, when })).toBe("passes");
    expect(await asked({ claims: { auth_time: 0 }, when })).toBe("passes");
    expect(told).toEqual([
      [{ name: "a body" }, true],
      [{ name: "a body" }, false],
    ]);
  });
});

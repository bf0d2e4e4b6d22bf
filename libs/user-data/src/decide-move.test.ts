import { describe, expect, it } from "@jest/globals";
import { itemName } from "@lanyard/contracts";
import fc from "fast-check";
import { decideMove, type NamesTaken } from "./decide-move.ts";

const early = "2026-11-21T12:00:00.000Z";
const late = "2026-11-21T12:00:00.001Z";
const itemId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
/** Names of the account's own items, changed early, and names that a merge has given. */
const names = (own: readonly string[], given: readonly string[] = []): NamesTaken => ({
  get: (name) => (own.includes(name) ? { itemId, updatedAt: early } : undefined),
  has: (name) => own.includes(name) || given.includes(name),
});
const report = { name: "Report", updatedAt: late };

describe("an item whose name the account has not", () => {
  it.each(["keep-both", "keep-account", "keep-newest"] as const)("is copied as it is: %s", (rule) => {
    const copied = { as: "copy", name: "Report", conflicts: false };
    expect(decideMove(report, rule, names([]))).toEqual(copied);
    expect(decideMove(report, rule, names(["report", "Report ", "Report (2)"]))).toEqual(copied);
  });

  it("is so too when only the merge has brought one of that name", () => {
    expect(decideMove(report, "keep-account", names([], ["Report"]))).toEqual({
      ...{ as: "copy", name: "Report", conflicts: false },
    });
  });
});

describe("an item whose name the account has", () => {
  it("is renamed by keep-both to the first name that nobody has", () => {
    const named = (own: readonly string[], given?: readonly string[]) =>
      decideMove(report, "keep-both", names(own, given));
    expect(named(["Report"])).toEqual({ as: "copy", name: "Report (2)", conflicts: true });
    expect(named(["Report", "Report (2)", "Report (4)"])).toMatchObject({ name: "Report (3)" });
    expect(named(["Report"], ["Report (2)", "Report (3)"])).toMatchObject({ name: "Report (4)" });
  });

  it("gives way by keep-account", () => {
    expect(decideMove(report, "keep-account", names(["Report"]))).toEqual({ as: "skip", itemId, conflicts: true });
  });

  it("counts by keep-newest when it was changed later, and only then", () => {
    expect(decideMove(report, "keep-newest", names(["Report"]))).toEqual({ as: "overwrite", itemId, conflicts: true });
    const asOld = { name: "Report", updatedAt: early };
    expect(decideMove(asOld, "keep-newest", names(["Report"]))).toEqual({ as: "skip", itemId, conflicts: true });
  });

  it("counts by the time and not by how that is written", () => {
    const inSeconds = { name: "Report", updatedAt: "2026-11-21T12:00:00Z" };
    expect(decideMove(inSeconds, "keep-newest", names(["Report"]))).toMatchObject({ as: "skip" });
  });
});

describe("a name that is made", () => {
  const made = (name: string, taken: readonly string[] = []) => {
    const decision = decideMove({ name, updatedAt: late }, "keep-both", names([name, ...taken]));
    if (decision.as !== "copy") throw new Error(decision.as);
    return decision.name;
  };

  it("is one that an item may have, whatever it is made of, and nobody has it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 200 }), (name) => {
        fc.pre(itemName.safeParse(name).success);
        expect(itemName.safeParse(made(name)).success).toBe(true);
        expect(made(name)).toMatch(/ \(2\)$/);
        expect(made(name, [made(name)])).toMatch(/ \(3\)$/);
      }),
    );
  });

  it("is cut where it would be too long, and no character in two", () => {
    expect(made("x".repeat(200))).toBe(`${"x".repeat(196)} (2)`);
    expect(made(`${"x".repeat(195)}😀${"x".repeat(3)}`)).toBe(`${"x".repeat(195)} (2)`);
    expect(made(`${"x".repeat(194)}😀${"x".repeat(4)}`)).toBe(`${"x".repeat(194)}😀 (2)`);
  });

  it("differs from others that are cut to the same", () => {
    const name = "x".repeat(200);
    const taken = Array.from({ length: 9 }, (_, index) => `${"x".repeat(index < 8 ? 196 : 195)} (${index + 2})`);
    expect(made(name, taken)).toBe(`${"x".repeat(195)} (11)`);
  });
});

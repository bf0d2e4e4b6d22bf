import { describe, expect, it } from "@jest/globals";
import { type AddressRegistrations, decideListing, isCrossed, type Registration } from "./decide-registrations.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");
const at = (minutes: number): string => new Date(noon + minutes * 60_000).toISOString();
/** Open from so many minutes after noon, for an hour. */
const registration = (challengeId: string, minutes: number, passwordTag?: string): Registration => ({
  challengeId,
  from: at(minutes),
  until: at(minutes + 60),
  ...(passwordTag !== undefined && { passwordTag }),
});
const three = { kept: 3 };
const listed = (...given: readonly Registration[]): AddressRegistrations | undefined => {
  let state: AddressRegistrations | undefined;
  for (const each of given) {
    const decision = decideListing(state, each, three);
    if (decision.kind === "list") state = decision.next;
  }
  return state;
};

describe("a registration that is listed", () => {
  it("is listed once, without its password's tag first and then with it", () => {
    expect(listed(registration("a", 0))).toEqual({ registrations: [registration("a", 0)] });
    expect(listed(registration("a", 0), registration("a", 0, "one"))).toEqual({
      registrations: [registration("a", 0, "one")],
    });
  });

  it("is left as it is when its message comes again, also the one without the tag", () => {
    const state = listed(registration("a", 0, "one"), registration("b", 1));

    expect(decideListing(state, registration("a", 0, "one"), three)).toEqual({ kind: "listed" });
    expect(decideListing(state, registration("a", 0), three)).toEqual({ kind: "listed" });
    expect(decideListing(state, registration("b", 1), three)).toEqual({ kind: "listed" });
  });

  it("goes when there are too many, the first to end first, and it stays known until when one was open", () => {
    const four = ["b", "a", "d", "c"].map((name, index) => registration(name, [1, 0, 3, 2][index] ?? 0, name));

    expect(listed(...four)).toEqual({
      registrations: [registration("b", 1, "b"), registration("c", 2, "c"), registration("d", 3, "d")],
      crowdedUntil: at(60),
    });
    expect(listed(...four, registration("e", 4, "e"), registration("a", 0, "a"))?.crowdedUntil).toBe(at(61));
  });
});

describe("a registration that is answered", () => {
  const own = registration("own", 0, "one");
  const others: readonly (readonly [string, readonly Registration[], boolean])[] = [
    ["alone", [], false],
    ["beside one with the same password", [registration("b", 30, "one")], false],
    ["beside one with another password that was asked for before", [registration("b", -30, "two")], true],
    ["beside one with another password that was asked for after", [registration("b", 30, "two")], true],
    ["beside one whose password is not known yet", [registration("b", 30)], true],
    ["after the other had ended", [registration("b", -60, "two")], false],
    ["up to the moment in which the other ends", [registration("b", -59.99, "two")], true],
    ["before the other was asked for, when its own time is over", [registration("b", 60, "two")], false],
    ["up to the moment in which its own time is over", [registration("b", 59.99, "two")], true],
    [
      "among so many of its own that others are listed no more",
      ["b", "c", "d"].map((name, index) => registration(name, -3 + index, "one")),
      true,
    ],
    [
      "long after so many that others were listed no more",
      ["b", "c", "d"].map((name, index) => registration(name, -70 + index, "two")),
      false,
    ],
  ];

  it.each(others)("%s", (_, before, crossed) => {
    expect(isCrossed(listed(...before, own), "own")).toBe(crossed);
    expect(isCrossed(listed(own, ...before), "own")).toBe(crossed);
  });

  it("and is not listed, or without a password, is taken for crossed", () => {
    expect(isCrossed(undefined, "own")).toBe(true);
    expect(isCrossed(listed(registration("b", 0, "one")), "own")).toBe(true);
    expect(isCrossed(listed(registration("own", 0)), "own")).toBe(true);
  });

  it("is crossed by one that pushed the other off the list", () => {
    const pushing = ["c", "d", "e"].map((name) => registration(name, 5, "one"));

    expect(isCrossed(listed(registration("b", 1, "two"), own, ...pushing), "c")).toBe(true);
    expect(isCrossed(listed(own, registration("b", 1, "two"), ...pushing), "own")).toBe(true);
  });
});

import { describe, expect, it } from "@jest/globals";
import { type RevocationReason, revocationReason } from "@lanyard/contracts";
import fc from "fast-check";
import { RevokedSessions } from "./revoked-sessions.ts";

const HOUR = 3600_000;
const noon = Date.parse("2026-11-21T12:00:00.000Z");
const idOf = (count: number): string => `${(count * 7919).toString(16).padStart(8, "0")}-8b1f-8a6c-8d2e-3f4a5b6c7d8e`;

describe("the revoked sessions", () => {
  it("are found with the reason that was told first, and no other is", () => {
    const sessions = new RevokedSessions();
    for (const [index, reason] of revocationReason.options.entries()) sessions.add(idOf(index), reason, noon);
    sessions.add(idOf(0), "operator", noon + HOUR);

    for (const [index, reason] of revocationReason.options.entries())
      expect(sessions.reasonOf(idOf(index))).toBe(reason);
    expect(sessions.reasonOf(idOf(revocationReason.options.length))).toBeUndefined();
    expect(sessions.size).toBe(revocationReason.options.length);
  });

  it("are told from others that begin alike", () => {
    const sessions = new RevokedSessions();
    sessions.add("abcdef01-8b1f-8a6c-8d2e-3f4a5b6c7d8e", "logout", noon);
    expect(sessions.reasonOf("abcdef02-8b1f-8a6c-8d2e-3f4a5b6c7d8e")).toBeUndefined();
  });

  it("are forgotten in the order in which they were seen, up to the minute", () => {
    const sessions = new RevokedSessions();
    for (let hour = 0; hour < 10; hour += 1) sessions.add(idOf(hour), "logout", noon + hour * HOUR);
    sessions.forgetBefore(noon + 7 * HOUR);

    const found = Array.from({ length: 10 }, (_, hour) => sessions.reasonOf(idOf(hour)));
    expect(found).toEqual([...Array<undefined>(7), "logout", "logout", "logout"]);
    expect(sessions.size).toBe(3);
  });

  it("are what a map would say they are, whatever is added and forgotten", () => {
    const step = fc.oneof(
      fc.record({ add: fc.nat(300), reason: fc.constantFrom(...revocationReason.options) }),
      fc.record({ forget: fc.nat(40) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const sessions = new RevokedSessions();
        const model = new Map<string, { reason: RevocationReason; at: number }>();
        for (const [hour, each] of steps.entries()) {
          const now = noon + hour * HOUR;
          if ("add" in each) {
            sessions.add(idOf(each.add), each.reason, now);
            if (!model.has(idOf(each.add))) model.set(idOf(each.add), { reason: each.reason, at: now });
          } else {
            sessions.forgetBefore(now - each.forget * HOUR);
            for (const [id, { at }] of model) if (at < now - each.forget * HOUR) model.delete(id);
          }
        }
        for (let count = 0; count <= 300; count += 1)
          expect(sessions.reasonOf(idOf(count))).toBe(model.get(idOf(count))?.reason);
        expect(sessions.size).toBe(model.size);
      }),
    );
  });
});

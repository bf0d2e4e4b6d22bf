import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { brokerTime } from "./broker-time.ts";

const MINUTE = 60_000;
/** A process whose clock is ahead of the service's by `aheadMs`; answers take `wayMs` and say the time to the second. */
function processAhead(aheadMs: number) {
  let serviceTime = Date.UTC(2026, 10, 21, 12);
  const time = brokerTime({ now: () => serviceTime + aheadMs });
  return {
    time,
    pass: (ms: number) => {
      serviceTime += ms;
    },
    setAhead: (ms: number) => {
      aheadMs = ms;
    },
    hear(wayMs: number) {
      const said = Math.floor(serviceTime / 1000) * 1000;
      serviceTime += wayMs;
      time.observe(said);
    },
    /** How far the shared time is off the service's own. */
    error: () => time.now() - serviceTime,
  };
}

describe("the time that processes share", () => {
  it("is the own clock's until something was heard", () => {
    expect(processAhead(3 * MINUTE).error()).toBe(3 * MINUTE);
  });

  it.each([0, 5 * MINUTE, -5 * MINUTE, 3 * 60 * MINUTE])(
    "is the service's after one answer, give or take a second: %d ms ahead",
    (ahead) => {
      const one = processAhead(ahead);
      one.pass(700);
      one.hear(30);

      expect(one.error()).toBe(-730);
    },
  );

  it("is the better, the more was heard, and a slow answer does not spoil it", () => {
    const one = processAhead(5 * MINUTE);
    one.pass(900);
    one.hear(10);
    one.pass(90);
    one.hear(10);
    expect(one.error()).toBe(-10);
    one.hear(4000);

    expect(one.error()).toBe(-10);
  });

  it("is never ahead of the service's, and soon hardly behind it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -10 * MINUTE, max: 10 * MINUTE }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 50 })), { minLength: 1 }),
        (ahead, answers) => {
          const one = processAhead(ahead);
          for (const [pause, way] of answers) {
            one.pass(pause);
            one.hear(way);
            expect(one.error()).toBeLessThanOrEqual(0);
            expect(one.error()).toBeGreaterThanOrEqual(-1050);
          }
        },
      ),
    );
  });

  it("follows an own clock that is set back at once", () => {
    const one = processAhead(5 * MINUTE);
    one.hear(0);
    one.setAhead(0);
    one.hear(0);

    expect(one.error()).toBe(0);
  });

  it("follows an own clock that is set ahead once what was known before is old: within ten minutes", () => {
    const one = processAhead(0);
    one.hear(0);
    one.setAhead(5 * MINUTE);
    const errors = Array.from({ length: 21 }, () => {
      one.pass(30_000);
      one.hear(0);
      return one.error();
    });

    expect(errors[0]).toBe(5 * MINUTE);
    expect(errors.at(-1)).toBe(0);
  });

  it("stands by what it knew while nothing is heard", () => {
    const one = processAhead(5 * MINUTE);
    one.hear(0);
    one.pass(60 * MINUTE);

    expect(one.error()).toBe(0);
  });
});

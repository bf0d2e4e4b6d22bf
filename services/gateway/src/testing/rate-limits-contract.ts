import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { defaultLimits } from "../limits/limit-settings.ts";
import { type RateLimits, rateLimits, type Taken } from "../limits/rate-limits.ts";
import type { WindowCounters } from "../limits/window-counters.ts";

export interface CountersUnderTest {
  readonly counters: WindowCounters;
  /** Milliseconds, by which the counters tell when a window ends. */
  readonly now: () => number;
  /** Lets some time pass; real time passes by itself. */
  readonly pass: (ms: number) => Promise<void>;
}

const settings = {
  ...defaultLimits,
  anonymous: { quota: 10, windowSeconds: 600 },
  mailPerAddress: { quota: 3, windowSeconds: 600 },
  verify: { quota: 1, windowSeconds: 1 },
};

/** What limits promise, whatever counts for them; `open` gives counters as one more gateway has them, over one table. */
export function rateLimitsContract(name: string, open: () => CountersUnderTest): void {
  describe(`limits over ${name}`, () => {
    let key: string;
    let one: RateLimits;
    let other: RateLimits;
    let pass: CountersUnderTest["pass"];
    beforeEach(() => {
      key = randomUUID();
      const [here, there] = [open(), open()];
      one = rateLimits({ ...here, settings });
      other = rateLimits({ ...there, settings });
      pass = here.pass;
    });
    const taking = (limits: RateLimits, times: number): Promise<readonly Taken[]> =>
      Promise.all(Array.from({ length: times }, () => limits.take("anonymous", key)));
    const allowed = (all: readonly Taken[]): number => all.filter((taken) => taken.allowed).length;

    it("say what remains, and when it is whole again", async () => {
      expect(await one.take("anonymous", key)).toMatchObject({
        allowed: true,
        limit: 10,
        windowSeconds: 600,
        remaining: 9,
        resetSeconds: 600,
      });
      expect((await other.take("anonymous", key)).remaining).toBe(8);
    });

    it("allow exactly as many as the limit, of all that come at once to two gateways", async () => {
      const all = (await Promise.all([taking(one, 40), taking(other, 40)])).flat();

      expect(allowed(all)).toBe(10);
      const remaining = all.filter((taken) => taken.allowed).map((taken) => taken.remaining);
      expect(remaining.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it("allow exactly as many as the limit, of all that come in several bursts", async () => {
      const bursts: (readonly Taken[])[] = [];
      for (let burst = 0; burst < 5; burst += 1)
        bursts.push(...(await Promise.all([taking(one, 3), taking(other, 2)])));

      expect(allowed(bursts.flat())).toBe(10);
    });

    it("refuse at every gateway once they are reached, and say when to come back", async () => {
      await taking(one, 10);
      const refused = [await one.take("anonymous", key), await other.take("anonymous", key)];

      for (const taken of refused) {
        expect(taken).toMatchObject({ allowed: false, remaining: 0 });
        expect(taken.resetSeconds).toBeGreaterThan(590);
        expect(taken.resetSeconds).toBeLessThanOrEqual(600);
      }
    });

    it("count each key and each limit for itself", async () => {
      await taking(one, 11);

      expect(await one.take("anonymous", randomUUID())).toMatchObject({ allowed: true, remaining: 9 });
      expect(await one.take("mailPerAddress", key)).toMatchObject({ allowed: true, remaining: 2 });
    });

    it("allow again when the window is over, which refused requests do not prolong", async () => {
      expect((await one.take("verify", key)).allowed).toBe(true);
      expect(await one.take("verify", key)).toMatchObject({ allowed: false, resetSeconds: 1 });
      await eventually("a new window", async () => {
        await pass(50);
        return (await one.take("verify", key)).allowed;
      });
      expect((await other.take("verify", key)).allowed).toBe(false);
    });

    it("have room for one more when one is given back, once", async () => {
      const [first] = await taking(one, 10);
      if (first === undefined) throw new Error("nothing was taken");
      await one.giveBack(first);
      await one.giveBack(first);

      expect((await other.take("anonymous", key)).allowed).toBe(true);
      expect((await other.take("anonymous", key)).allowed).toBe(false);
    });

    it("count nothing that they refused: what is given back is free again, however many were refused", async () => {
      const all = (await Promise.all([taking(one, 40), taking(other, 40)])).flat();
      const back = all.filter((taken) => taken.allowed).slice(0, 4);
      await Promise.all(back.map((taken) => one.giveBack(taken)));

      expect(allowed(await taking(one, 20))).toBe(4);
    });

    it("have no more room when what is given back was refused", async () => {
      const all = [...(await taking(one, 11)), ...(await taking(one, 5))];
      await Promise.all(all.filter((taken) => !taken.allowed).map((taken) => one.giveBack(taken)));

      expect((await other.take("anonymous", key)).allowed).toBe(false);
    });

    it("give nothing back into the next window", async () => {
      const taken = await one.take("verify", key);
      await eventually("a new window", async () => {
        await pass(50);
        return (await one.take("verify", key)).allowed;
      });
      await one.giveBack(taken);

      expect((await other.take("verify", key)).allowed).toBe(false);
    });
  });
}

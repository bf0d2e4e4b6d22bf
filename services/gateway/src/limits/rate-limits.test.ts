import { describe, expect, it } from "@jest/globals";
import { virtualClock } from "@lanyard/messaging/testing";
import { countedOnceContract } from "../testing/counted-once-contract.ts";
import { rateLimitsContract } from "../testing/rate-limits-contract.ts";
import { defaultLimits } from "./limit-settings.ts";
import { rateLimits } from "./rate-limits.ts";
import { memoryWindowCounters } from "./window-counters.memory.ts";
import type { WindowCounters } from "./window-counters.ts";

const clock = virtualClock();
const shared = memoryWindowCounters(clock.now);
const open = () => ({ counters: shared, now: clock.now, pass: (ms: number) => clock.advance(ms) });
rateLimitsContract("counters in memory", open);
countedOnceContract("counters in memory", open);

describe("limits of one gateway", () => {
  const settings = { ...defaultLimits, anonymous: { quota: 120, windowSeconds: 600 } };

  it("count a hundred requests that come at once by one write", async () => {
    const counters = memoryWindowCounters(clock.now);
    const limits = rateLimits({ counters, settings, now: clock.now });
    const all = await Promise.all(Array.from({ length: 100 }, () => limits.take("anonymous", "key")));

    expect(all.map((taken) => taken.remaining)).toEqual(Array.from({ length: 100 }, (_, index) => 119 - index));
    expect(counters.calls()).toBe(1);
  });

  it("gather what comes while the table is counting", async () => {
    const releases: (() => void)[] = [];
    const counters = memoryWindowCounters(clock.now);
    const slow: WindowCounters = {
      ...counters,
      async add(window, amount) {
        await new Promise<void>((resolve) => void releases.push(resolve));
        return counters.add(window, amount);
      },
    };
    const limits = rateLimits({ counters: slow, settings, now: clock.now });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const all = [limits.take("anonymous", "key")];
    await turn();
    for (let index = 0; index < 20; index += 1) {
      all.push(limits.take("anonymous", "key"));
      await turn();
    }
    releases[0]?.();
    await all[0];
    await turn();
    releases[1]?.();

    expect((await Promise.all(all)).map((taken) => taken.remaining)).toEqual(
      Array.from({ length: 21 }, (_, index) => 119 - index),
    );
    expect(counters.calls()).toBe(2);
    expect(releases).toHaveLength(2);
  });

  it("tell everyone who waits that the table is down, and count again when it is back", async () => {
    const counters = memoryWindowCounters(clock.now);
    let isDown = true;
    const flaky: WindowCounters = {
      ...counters,
      async add(window, amount) {
        if (isDown) throw new Error("down");
        return counters.add(window, amount);
      },
    };
    const limits = rateLimits({ counters: flaky, settings, now: clock.now });
    const refused = await Promise.allSettled([limits.take("anonymous", "key"), limits.take("anonymous", "key")]);
    isDown = false;

    expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect((await limits.take("anonymous", "key")).remaining).toBe(119);
  });

  it("ask nobody about a key that was full, for a second", async () => {
    const counters = memoryWindowCounters(clock.now);
    const one = { ...settings, anonymous: { quota: 1, windowSeconds: 600 } };
    const limits = rateLimits({ counters, settings: one, now: clock.now });
    await limits.take("anonymous", "key");
    expect(await limits.take("anonymous", "key")).toMatchObject({ allowed: false, resetSeconds: 600 });
    const calls = counters.calls();
    await clock.advance(999);
    const refused = await Promise.all(Array.from({ length: 50 }, () => limits.take("anonymous", "key")));

    expect(refused.filter(({ allowed }) => allowed)).toEqual([]);
    expect(refused[0]).toMatchObject({ remaining: 0, resetSeconds: 600 });
    expect(counters.calls()).toBe(calls);
    await clock.advance(1);
    await limits.take("anonymous", "key");
    expect(counters.calls()).toBeGreaterThan(calls);
  });

  it("give nothing back so late that it could end up in the next window", async () => {
    const counters = memoryWindowCounters(clock.now);
    const short = { ...settings, anonymous: { quota: 1, windowSeconds: 2 } };
    const limits = rateLimits({ counters, settings: short, now: clock.now });
    await Promise.all([limits.take("anonymous", "key"), limits.take("anonymous", "key")]);

    expect(counters.calls()).toBe(1);
  });
});

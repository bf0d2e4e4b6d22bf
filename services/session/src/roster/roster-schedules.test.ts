import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { noChance, scheduledAccount, sessionOf } from "../testing/scheduled-account.ts";
import { sessionIdOf } from "../testing/sessions-under-test.ts";

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Sign-ins of one account at once, each delivered once or more, some of them stopped after any of their writes. */
async function signInsAtOnce(
  scheduler: fc.Scheduler,
  { deliveries, stops, limit, logOuts = [] }: Given,
): Promise<ReturnType<typeof scheduledAccount>> {
  const account = scheduledAccount({
    limit,
    turn: (label) => scheduler.schedule(Promise.resolve(), label),
    stops: () => stops.next().value === 0,
  });
  const all = deliveries.flatMap((copies, index) => upTo(copies).map((copy) => account.signIn(index + 1, copy)));
  await scheduler.waitFor(Promise.all([...all, ...logOuts.map((count) => account.logOut(count))]));
  expect([...account.breaches]).toEqual([]);
  return account;
}

interface Given {
  /** How often the message of each sign-in is delivered. */
  readonly deliveries: readonly number[];
  /** The run stops where it says 0. */
  readonly stops: Iterator<number>;
  readonly limit: number;
  readonly logOuts?: readonly number[];
}

/** Whatever happened on the way: what was marked has ended, in item and log, and is told by whom it had to end for, alike each time. */
function expectAllEnded(account: ReturnType<typeof scheduledAccount>, logOuts: readonly number[] = []) {
  const loggedOut = new Set(logOuts.map(sessionIdOf));
  expect(account.roster().filter(({ evictedBy }) => evictedBy !== undefined)).toEqual([]);
  for (const { sessionId, by } of account.evictions) {
    expect(account.sessions.get(sessionId)?.revoked).toBeDefined();
    expect(account.logged.has(sessionId)).toBe(true);
    const teller = account.told().get(sessionId) ?? new Set();
    if (!loggedOut.has(sessionId)) expect([...teller]).toEqual([sessionOf(by)]);
  }
  for (const count of upTo(account.admitted.length)) {
    const [first, ...others] = account.results(count);
    for (const other of others) expect(other.events).toEqual(first?.events);
  }
}

const sizes: readonly [number, number][] = [
  [16, 20],
  [20, 20],
  [50, 2],
];
const stopsIn = (odds: number) => fc.infiniteStream(fc.nat(odds));

describe("sign-ins of one account at once", () => {
  it.each(sizes)("%i leave ten live, the last ten admitted, in every order of calls", async (count, numRuns) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const stops = [][Symbol.iterator]();
        const account = await signInsAtOnce(scheduler, { deliveries: upTo(count).map(() => 1), stops, limit: 10 });
        expect(account.live()).toEqual(account.admitted.slice(-10));
        expect(account.evictions).toHaveLength(count - 10);
        expectAllEnded(account);
      }),
      { numRuns, endOnFailure: true },
    );
  });

  it.each(sizes)("%i do so with stops after any write, and copies of any message", async (count, numRuns) => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        stopsIn(15),
        fc.array(fc.integer({ min: 1, max: 2 }), { minLength: count, maxLength: count }),
        async (scheduler, stops, deliveries) => {
          const account = await signInsAtOnce(scheduler, { deliveries, stops, limit: 10 });
          expect(account.live()).toEqual(account.admitted.slice(-10));
          expectAllEnded(account);
        },
      ),
      { numRuns, endOnFailure: true },
    );
  });

  it("keep every rule for any limit, with log-outs in between", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        stopsIn(10),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 9 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
        async (scheduler, stops, limit, deliveries, logOuts) => {
          const account = await signInsAtOnce(scheduler, { deliveries, stops, limit, logOuts });
          expectAllEnded(account, logOuts);
        },
      ),
      { numRuns: 300, endOnFailure: true },
    );
  });
});

describe("sign-ins of one account one after the other", () => {
  it("are right wherever one of them stops, at whichever write, with its copies before and after", async () => {
    const counted = scheduledAccount({ ...noChance, limit: 2 });
    for (const count of upTo(5)) await counted.signIn(count);
    for (let stopAt = 1; stopAt <= counted.writes(); stopAt += 1) {
      let left = stopAt;
      const account = scheduledAccount({ ...noChance, limit: 2, stops: () => (left -= 1) === 0 });
      for (const count of upTo(5)) await account.signIn(count);
      const live = account.live();
      for (const count of upTo(5)) await account.signIn(count, 1);

      expect([...account.breaches]).toEqual([]);
      expect(live).toEqual([sessionIdOf(4), sessionIdOf(5)]);
      expect(account.live()).toEqual(live);
      expect(account.evictions).toHaveLength(3);
      expectAllEnded(account);
    }
  });
});

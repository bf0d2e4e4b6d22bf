import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "@jest/globals";
import { startAskedProcess } from "@lanyard/scripts";
import { accountCrashScenarios } from "../support/account-crash-scenarios.ts";
import type { CrashQuestion } from "../support/crash-main.ts";
import type { CrashPoint } from "../support/crash-points.ts";
import { type CrashScenario, crashScenarios } from "../support/crash-scenarios.ts";
import { type FinalState, finalState, type RestingState } from "../support/crashing-system.ts";
import { registrationCrashScenarios } from "../support/registration-crash-scenarios.ts";
import { secondFactorCrashScenarios } from "../support/second-factor-crash-scenarios.ts";

/** Not in this process, whose modules run several times slower. */
const runner = startAskedProcess<CrashQuestion, RestingState>(
  fileURLToPath(new URL("../support/crash-main.ts", import.meta.url)),
);
afterAll(() => runner.stop());
const runWithCrashes = async (
  { name: scenario }: CrashScenario,
  ...crashes: readonly CrashPoint[]
): Promise<FinalState> => finalState(await runner.ask({ scenario, crashes }));

const nameOf = ({ call, side }: CrashPoint): string => `${side} ${call}`;
const processOf = ({ call }: CrashPoint): string => call.split(":")[0] ?? "";
const differentPoints = ({ points }: FinalState): readonly CrashPoint[] => [
  ...new Map(points.map((point) => [nameOf(point), point])).values(),
];
const cases = await Promise.all(
  crashScenarios.map(async (scenario) => {
    const whole = await runWithCrashes(scenario);
    return { name: scenario.name, scenario, whole, points: differentPoints(whole) };
  }),
);

/**
 * For short flows, and all that changes what an account is signed in to with: each first crash, with points of what follows
 * it, where the second comes. Every one of them if LANYARD_CRASH_PAIRS is `all`; else every fifth of the shortest flows,
 * another fifth for the next first crash.
 */
const SHORT = ["a refresh", "a logout", "a wrong code", "a wrong password", "a name that is changed"];
const OF_ACCOUNTS = [...accountCrashScenarios, ...secondFactorCrashScenarios, ...registrationCrashScenarios].map(
  ({ name }) => name,
);
const EVERY_PAIR = process.env["LANYARD_CRASH_PAIRS"] === "all";
const PAIRED = EVERY_PAIR ? [...new Set([...SHORT, ...OF_ACCOUNTS])] : SHORT;
const PAIRS_IN = EVERY_PAIR ? 1 : 5;
const pairedCases = await Promise.all(
  cases
    .filter(({ name }) => PAIRED.includes(name))
    .map(async (paired) => {
      const firsts: { readonly first: CrashPoint; readonly seconds: readonly CrashPoint[] }[] = [];
      for (const [turn, first] of paired.points.entries()) {
        const seconds = differentPoints(await runWithCrashes(paired.scenario, first));
        firsts.push({ first, seconds: seconds.filter((_, index) => (index + turn) % PAIRS_IN === 0) });
      }
      return { ...paired, firsts, pairs: firsts.reduce((sum, { seconds }) => sum + seconds.length, 0) };
    }),
);

/** Whatever was begun has ended once, and as if nothing had happened. */
function expectWhole({ flow, seen, ended, begins }: CrashScenario, whole: FinalState, state: FinalState): void {
  expect(state.left).toBe(0);
  expect(state.deadLetters).toBe(0);
  expect(seen(state)).toEqual(ended(state.operationId));
  const isRecorded = flow.recorded !== false;
  const operations = state.itemsOf("operations").map(({ key }) => key.pk);
  expect(operations.filter((pk) => pk === `operation#${state.operationId}`)).toHaveLength(isRecorded ? 1 : 0);
  expect(operations).toHaveLength((isRecorded ? 1 : 0) + (begins ? 1 : 0));
  expect(state.recorded?.outcome.state).toBe(whole.recorded?.outcome.state);
  if (state.recorded?.outcome.state === "failed") expect(state.recorded.outcome).toEqual(whole.recorded?.outcome);
  expect([...state.events.keys()].sort()).toEqual([...whole.events.keys()].sort());
  for (const bodies of state.events.values()) expect(bodies.size).toBe(1);
  expect(state.replies.size).toBe(isRecorded ? 1 : 0);
}

describe.each(cases)("$name that nothing disturbs", ({ scenario, whole, points }) => {
  it("ends once, with its events, and the client told", () => {
    expectWhole(scenario, whole, whole);
    const types = [...whole.events.values()].flatMap((bodies) => [...bodies].map((body) => JSON.parse(body).type));
    expect(types.sort()).toEqual(scenario.events);
    expect(whole.told).toEqual(whole.recorded);
  });

  it("makes every kind of external call that a crash can come before or after", () => {
    const made = new Set(points.map(({ call }) => call.replace(/ #\d+$/, "")));
    for (const { command } of scenario.flow.steps) {
      // What a problem ends early, later workers never hear of; they wait all the same.
      expect(made).toContain(`${command.worker}: transport.receive(${command.worker})`);
    }
    for (const call of [
      ...scenario.calls,
      "gateway: transport.createQueue(inbox)",
      "gateway: items.putIfAbsent(gateway)",
      "gateway: transport.receive(inbox)",
      ...(scenario.flow.recorded === false ? [] : ["gateway: transport.delete(inbox)"]),
    ]) {
      expect(made).toContain(call);
    }
  });
});

/** Of what nobody waits for, nothing is recorded: what it has done must say so. */
const hasEnded = ({ flow, seen, ended }: CrashScenario, state: FinalState): boolean =>
  flow.recorded === false && JSON.stringify(seen(state)) === JSON.stringify(ended(state.operationId));

/** What was asked for has ended as if nothing had happened; or it was never sent, because its gateway died first. */
function expectEnded(scenario: CrashScenario, whole: FinalState, state: FinalState): void {
  if (!state.crashed.includes("gateway")) {
    expectWhole(scenario, whole, state);
    expect(state.told).toEqual(state.recorded);
    return;
  }
  // A client without its gateway was told nothing; what the gateway had sent ends all the same, what it had not is nowhere.
  if (state.recorded !== undefined || hasEnded(scenario, state)) expectWhole(scenario, whole, state);
  else {
    expect(scenario.seen(state)).toEqual(scenario.notBegun);
    expect(state.itemsOf("operations")).toEqual([]);
    expect(state.events.size).toBe(0);
    expect(state.told).toBeUndefined();
  }
}

describe.each(cases)("a process stopped dead and started again during $name", ({ scenario, whole, points }) => {
  it.each(points.map((point) => [nameOf(point), point] as const))(
    "%s: the operation ends as if nothing had happened",
    async (_, point) => {
      const state = await runWithCrashes(scenario, point);
      expect(state.crashed).toEqual([processOf(point)]);
      expectEnded(scenario, whole, state);
    },
  );
});

describe.each(pairedCases)(
  "two processes, or one twice, stopped dead and started again during $name: $pairs pairs of crashes",
  ({ scenario, whole, firsts }) => {
    it.each(firsts.map(({ first, seconds }) => [nameOf(first), seconds.length, first, seconds] as const))(
      "%s, then at each of %d moments of what follows: the operation ends as if nothing had happened",
      async (_name, _count, first, seconds) => {
        for (const second of seconds) {
          const state = await runWithCrashes(scenario, first, second);
          try {
            expect(state.crashed).toEqual([processOf(first), processOf(second)]);
            expectEnded(scenario, whole, state);
          } catch (error) {
            throw new Error(`then ${nameOf(second)}: ${String(error)}`, { cause: error });
          }
        }
      },
    );
  },
);

import { beforeEach, describe, expect, it } from "@jest/globals";
import type { MemoryItemStore } from "@lanyard/storage";
import { accountUnderTest, begin, enrol, userId, wrongCodeAt } from "./testing/second-factor-account.ts";
import {
  codeAt,
  outputOf,
  type Ran,
  type SecondFactorCommands,
  secondFactorCommands,
} from "./testing/second-factor-commands.ts";
import { dyingAt } from "./testing/troubled-table.ts";

let table: MemoryItemStore;
let commands: SecondFactorCommands;
let secret: string;
let codes: readonly string[];
beforeEach(async () => {
  ({ table, commands } = await accountUnderTest());
});

const enrolled = async (): Promise<void> => {
  ({ secret, codes } = await enrol(commands));
};
const begun = (number: number, seconds: number) => begin(commands, number, seconds);
const wrongAt = (seconds: number, turn = 0) => wrongCodeAt(secret, seconds, turn);

describe("every command", () => {
  /** What leads up to it, and the command itself, over whatever table. */
  const scenarios: Record<string, () => Promise<(on: SecondFactorCommands) => Promise<Ran>>> = {
    setUp: async () => (on) => on.setUp(50, 200, { userId }),
    enable: async () => {
      secret = String(outputOf(await commands.setUp(1, 0, { userId }))["secret"]);
      const code = codeAt(secret, 200);
      return (on) => on.enable(50, 200, { userId, code });
    },
    "enable, by a wrong code": async () => {
      secret = String(outputOf(await commands.setUp(1, 0, { userId }))["secret"]);
      const code = wrongAt(200);
      return (on) => on.enable(50, 200, { userId, code });
    },
    disable: async () => {
      await enrolled();
      return (on) => on.disable(50, 200, { userId });
    },
    regenerate: async () => {
      await enrolled();
      return (on) => on.regenerate(50, 200, { userId });
    },
    begin: async () => {
      await enrolled();
      return (on) => on.begin(50, 200, { userId, method: "magic_link" });
    },
    answer: async () => {
      await enrolled();
      const challengeId = await begun(10, 200);
      return (on) => on.answer(50, 210, { challengeId, code: codeAt(secret, 210) });
    },
    "answer, by a backup code": async () => {
      await enrolled();
      const challengeId = await begun(10, 200);
      return (on) => on.answer(50, 210, { challengeId, code: codes[0] });
    },
    "answer, by a wrong code": async () => {
      await enrolled();
      const challengeId = await begun(10, 200);
      return (on) => on.answer(50, 210, { challengeId, code: wrongAt(210) });
    },
    check: async () => {
      await enrolled();
      return (on) => on.check(50, 200, { userId, code: codeAt(secret, 200) });
    },
  };
  const valuesOf = () => table.dump().map(({ key, value }) => [key, unsealed(value)]);
  /** Boxes of one secret differ. */
  const unsealed = (value: object): unknown =>
    JSON.parse(JSON.stringify(value, (name, each: unknown) => (name === "sealedSecret" ? "a box" : each)));

  it.each(Object.keys(scenarios))("%s says and leaves the same when its message comes twice", async (name) => {
    const work = await scenarios[name]?.();
    const first = await work?.(commands);
    const left = valuesOf();

    expect(await work?.(commands)).toEqual(first);
    expect(valuesOf()).toEqual(left);
  });

  it.each(Object.keys(scenarios))("%s is one among sixteen copies at once", async (name) => {
    const work = await scenarios[name]?.();
    const results = await Promise.all(Array.from({ length: 16 }, async () => work?.(commands)));
    const left = valuesOf();

    for (const result of results) expect(result).toEqual(results[0]);
    expect(await work?.(commands)).toEqual(results[0]);
    expect(valuesOf()).toEqual(left);
  });

  it.each(Object.keys(scenarios))("%s ends as if nothing had happened after a stop at any call", async (name) => {
    let stops = 0;
    const ends: unknown[] = [];
    for (let nth = 1; ; nth += 1) {
      const sides = ["before", "after"] as const;
      const died = [false, false];
      for (const [index, side] of sides.entries()) {
        ({ table, commands } = await accountUnderTest());
        const work = await scenarios[name]?.();
        try {
          await work?.(secondFactorCommands(dyingAt(table, nth, side)));
        } catch {
          died[index] = true;
          stops += 1;
        }
        ends.push([await work?.(commands), valuesOf()]);
      }
      if (!died.includes(true)) break;
    }
    expect(stops).toBeGreaterThanOrEqual(4);
    for (const end of ends) expect(end).toEqual(ends.at(-1));
  });
});

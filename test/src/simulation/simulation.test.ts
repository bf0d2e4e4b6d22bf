import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "@jest/globals";
import { startAskedProcess } from "@lanyard/scripts";
import { invariants } from "./invariants.ts";
import { likelySeeds } from "./likely-seeds.ts";
import { mutants } from "./mutants.ts";
import { runSeed as runSeedHere, type SeedResult } from "./run-seed.ts";
import type { SeedQuestion } from "./seed-main.ts";

/** Not in this process, whose modules run several times slower. */
const runner = startAskedProcess<SeedQuestion, SeedResult>(fileURLToPath(new URL("./seed-main.ts", import.meta.url)));
afterAll(() => runner.stop());
const runSeed = (seed: number, mutant?: string): Promise<SeedResult> =>
  runner.ask(mutant === undefined ? { seed } : { seed, mutant });

const SEEDS = 300;
const MUTANT_SEEDS = 800;
const everySeed = Array.from({ length: MUTANT_SEEDS }, (_, index) => index + 1);
const seedsFor = (mutant: string): readonly number[] => [likelySeeds[mutant] ?? [], everySeed].flat();

describe("the system on any schedule", () => {
  const results: Promise<readonly SeedResult[]> = (async () => {
    const all: SeedResult[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) all.push(await runSeed(seed));
    return all;
  })();

  it.each(invariants.map(({ name }) => name))("%s", async (name) => {
    const broken = (await results).flatMap(({ seed, violations }) =>
      violations
        .filter((violation) => violation.startsWith(`${name}:`))
        .map((violation) => `seed ${seed}: ${violation}`),
    );
    expect(broken).toEqual([]);
  });

  it("comes to rest in every run, and the runs are worth something: crashes, thefts, revocations, merges and sign-ins by mail happened", async () => {
    const all = await results;
    expect(all.flatMap(({ violations }) => violations)).toEqual([]);
    const sum = (of: (result: SeedResult) => number): number => all.reduce((total, result) => total + of(result), 0);
    expect(sum(({ crashes }) => crashes)).toBeGreaterThan(SEEDS);
    expect(sum(({ thefts }) => thefts)).toBeGreaterThan(SEEDS / 5);
    expect(sum(({ revoked }) => revoked)).toBeGreaterThan(SEEDS / 5);
    expect(sum(({ signedInByMail }) => signedInByMail)).toBeGreaterThan(SEEDS / 5);
    expect(sum(({ pulls }) => pulls)).toBeGreaterThan(SEEDS / 5);
    expect(sum(({ merges }) => merges)).toBeGreaterThan(SEEDS / 6);
    expect(sum(({ moved }) => moved)).toBeGreaterThan(SEEDS / 2);
    expect(sum(({ swept }) => swept)).toBeGreaterThan(SEEDS / 10);
    expect(sum(({ evicted }) => evicted)).toBeGreaterThan(SEEDS / 10);
    expect(sum(({ audited }) => audited)).toBeGreaterThan(SEEDS);
    expect(sum(({ sealed }) => sealed)).toBeGreaterThan(SEEDS / 2);
    expect(sum(({ byPassword }) => byPassword)).toBeGreaterThan(SEEDS / 10);
    expect(sum(({ secondFactors }) => secondFactors)).toBeGreaterThan(SEEDS / 25);
    expect(sum(({ passwordsSet }) => passwordsSet)).toBeGreaterThan(SEEDS / 10);
  });

  it("runs alike every time for the same seed, and otherwise for another", async () => {
    const { traceHash } = await runSeed(4);
    for (let again = 0; again < 20; again += 1) expect((await runSeed(4)).traceHash).toBe(traceHash);
    expect((await runSeed(5)).traceHash).not.toBe(traceHash);
  });

  it("runs alike in any process, begun as a task or by a promise", async () => {
    const there = await runSeed(4);
    const asTask = await new Promise((resolve) => {
      setImmediate(() => resolve(runSeedHere(4)));
    });
    expect([asTask, await runSeedHere(4)]).toEqual([there, there]);
  });
});

describe("a deliberate defect", () => {
  it.each(mutants.map(({ name }) => name))(
    "%s: is caught, and caught alike when its seed is run again",
    async (name) => {
      for (const seed of seedsFor(name)) {
        const found = await runSeed(seed, name);
        if (found.violations.length === 0) continue;
        process.stdout.write(`  ${name}: killed by seed ${seed} (${found.violations[0]?.split(":")[0]})\n`);
        const again = await runSeed(seed, name);
        expect([again.traceHash, again.violations]).toEqual([found.traceHash, found.violations]);
        return;
      }
      throw new Error(`survived ${MUTANT_SEEDS} seeds`);
    },
  );

  it("replays a hundred times of a hundred: one failing seed, the same trace and the same violations", async () => {
    const mutant = mutants[0]?.name;
    let failing: SeedResult | undefined;
    for (let seed = 1; seed <= MUTANT_SEEDS && failing === undefined; seed += 1) {
      const found = await runSeed(seed, mutant);
      if (found.violations.length > 0) failing = found;
    }
    if (failing === undefined) throw new Error(`survived ${MUTANT_SEEDS} seeds`);
    for (let again = 0; again < 100; again += 1) expect(await runSeed(failing.seed, mutant)).toEqual(failing);
  });

  it("is one of at least fifty, each with a name of its own", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBeGreaterThanOrEqual(50);
  });
});

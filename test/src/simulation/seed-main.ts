import { answerQuestions } from "@lanyard/scripts";
import { mutants } from "./mutants.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";

/** A run to be made, by its seed and the name of the mutant that takes part in it. */
export interface SeedQuestion {
  readonly seed: number;
  readonly mutant?: string;
}

answerQuestions<SeedQuestion, SeedResult>(async ({ seed, mutant: name }) => {
  const mutant = mutants.find((each) => each.name === name);
  if (name !== undefined && mutant === undefined) throw new Error(`there is no mutant ${JSON.stringify(name)}`);
  return runSeed(seed, mutant);
});

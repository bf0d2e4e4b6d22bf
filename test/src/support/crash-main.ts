import { answerQuestions } from "@lanyard/scripts";
import type { CrashPoint } from "./crash-points.ts";
import { crashScenarios } from "./crash-scenarios.ts";
import { type RestingState, runWithCrashes } from "./crashing-system.ts";

/** A run to be made: its scenario by name, and where processes are stopped dead. */
export interface CrashQuestion {
  readonly scenario: string;
  readonly crashes: readonly CrashPoint[];
}

/** One run at a time: two would wait for each other's cryptography. */
let last: Promise<unknown> = Promise.resolve();

answerQuestions<CrashQuestion, RestingState>(({ scenario: name, crashes }) => {
  const run = last.then(async () => {
    const scenario = crashScenarios.find((each) => each.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario ${JSON.stringify(name)}`);
    const { itemsOf: _, ...state } = await runWithCrashes(scenario, ...crashes);
    return state;
  });
  last = run.catch(() => {});
  return run;
});

import { deploymentAt } from "./smoke/deployment.ts";
import { stepLines, summaryLine } from "./smoke/report-lines.ts";
import { SmokeMistake, type SmokeOptions, smokeHelp, smokeOptions } from "./smoke/smoke-options.ts";
import { smokeSteps } from "./smoke/steps.ts";
import { takeJourney } from "./smoke/take-journey.ts";

/** `npm run smoke`. */
try {
  const options = smokeOptions(process.argv.slice(2));
  if (options === "help") console.log(smokeHelp);
  else process.exitCode = (await smoke(options)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof SmokeMistake)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function smoke({ baseUrl, json, timeoutSeconds, visitorIds }: SmokeOptions): Promise<boolean> {
  const steps = smokeSteps.filter(({ needsVisitorIds }) => visitorIds || needsVisitorIds === undefined);
  let signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const reports = await takeJourney({
    steps,
    journey: { deployment: deploymentAt(baseUrl, () => signal), facts: {} },
    onNext: () => {
      signal = AbortSignal.timeout(timeoutSeconds * 1000);
    },
    onStep: (report) => {
      if (!json) console.log(stepLines(report));
    },
    now: () => performance.now(),
  });
  const ok = reports.every((report) => report.ok);
  if (json) console.log(JSON.stringify({ baseUrl, ok, steps: reports, notTaken: steps.length - reports.length }));
  else console.log(summaryLine(reports, steps.length, baseUrl));
  return ok;
}

import { provisionCloud } from "../../stack/provision-cloud.ts";
import { provisionerScript } from "../../stack/stack-services.ts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { findingsOf, inRounds } from "../measure/rounds.ts";
import { type Drainer, startDrain } from "./drain.ts";

const prefix = "drain";
const loop = "SDK receive and delete alone";
/** What the fastest drains in a second, about; a round is as many messages as that makes. */
const messagesPerSecond = 2_000;

const drainers: readonly { readonly name: string; readonly by: Drainer; readonly comparedWith?: string }[] = [
  { name: loop, by: "SDK loop" },
  { name: "Worker, empty handler", by: "worker", comparedWith: loop },
  { name: "Worker and flowRuntime, empty command", by: "worker and runtime", comparedWith: loop },
];

export const workerLoop: Benchmark = {
  name: "worker",
  what: "messages from one queue through one worker process, against an SDK loop that only receives and deletes",
  run: measureWorkerLoop,
};

/** Each empties a queue that was filled before, with two receive calls under way and batches of ten. */
async function measureWorkerLoop(context: BenchmarkContext): Promise<Findings> {
  const env = { ...(await context.stack()).env, LANYARD_PREFIX: prefix };
  await provisionCloud({ path: provisionerScript, env, log: () => undefined, signal: undefined });
  const count = Math.ceil(messagesPerSecond * context.seconds);
  const filler = drainers.map((each) => ({ ...each, process: startDrain(env) }));
  try {
    const variants = filler.map(({ process, by, ...variant }) => ({
      ...variant,
      async measure() {
        await process.ask({ kind: "fill", count });
        return { perSecond: count / (await process.ask({ kind: "drain", count, by })) };
      },
    }));
    return { findings: findingsOf(variants, await inRounds(variants, context), { unit: "msg/s" }) };
  } finally {
    await Promise.all(filler.map(({ process }) => process.stop()));
  }
}

import { routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { findingsOf, inRounds, latenciesOf, type Variant } from "../measure/rounds.ts";
import { latencyOf } from "../measure/statistics.ts";
import { startHttpLoad } from "../process/http-load.ts";
import { startFloor } from "./start-floor.ts";

const concurrencies = [1, 20, 100] as const;
const name = "sign-in";
const targetMs = 500;

const ours = (concurrent: number) => `POST /auth/anonymous, ${concurrent} at once`;
const floor = (concurrent: number) => `the same SDK calls alone, ${concurrent} at once`;

export const anonymousSignIn: Benchmark = {
  name: "commands",
  what: "POST /auth/anonymous through three queues, against nothing but the same SDK calls",
  run: measureSignIn,
};

async function measureSignIn(context: BenchmarkContext): Promise<Findings> {
  const { env, baseUrl } = await context.stack();
  const load = startHttpLoad();
  const bottom = await startFloor(env);
  try {
    const { path } = routes.createAnonymousSession;
    const port = Number(new URL(baseUrl).port);
    await load.ask({ kind: "prepare", name, target: { port, method: "POST", path, headers: [], expectedStatus: 201 } });
    const { seconds } = context;
    const variants: readonly Variant[] = concurrencies.flatMap((concurrent) => [
      { name: floor(concurrent), measure: () => bottom.run(concurrent, seconds) },
      {
        name: ours(concurrent),
        comparedWith: floor(concurrent),
        async measure() {
          const run = await load.ask({ kind: "run", name, connections: concurrent, seconds });
          if (run === undefined) throw new Error("a run without samples");
          return run;
        },
      },
    ]);
    const samples = await inRounds(variants, context);
    const busiest = latenciesOf(ours(100), samples);
    return {
      findings: findingsOf(variants, samples, { unit: "flows/s" }),
      targets: [
        {
          what: "100 concurrent POST /auth/anonymous: p90",
          value: latencyOf(busiest.sortedMs).p90,
          below: targetMs,
          unit: "ms",
        },
      ],
      latencies: variants.map((variant) => latenciesOf(variant.name, samples)),
    };
  } finally {
    await Promise.all([load.stop(), bottom.stop()]);
  }
}

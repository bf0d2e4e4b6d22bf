import { routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { byCpu, findingsOf, inRounds, latenciesOf, type Variant } from "../measure/rounds.ts";
import { latencyOf } from "../measure/statistics.ts";
import { withCpu } from "../measure/with-cpu.ts";
import { startHttpLoad } from "../process/http-load.ts";
import { stackCpuMs } from "./stack-cpu.ts";
import { startFloor } from "./start-floor.ts";

const concurrencies = [1, 20, 100] as const;
const name = "sign-in";

const ours = (concurrent: number) => `POST /auth/anonymous, ${concurrent} at once`;
const floor = (concurrent: number) => `the same SDK calls alone, ${concurrent} at once`;

export const anonymousSignIn: Benchmark = {
  name: "commands",
  what: "POST /auth/anonymous through three queues, against nothing but the same SDK calls",
  run: measureSignIn,
};

async function measureSignIn(context: BenchmarkContext): Promise<Findings> {
  const stack = await context.stack();
  const { env, baseUrl } = stack;
  const load = startHttpLoad();
  const bottom = await startFloor(env);
  try {
    const { path } = routes.createAnonymousSession;
    const port = Number(new URL(baseUrl).port);
    await load.prepare(name, { port, method: "POST", path, headers: [], expectedStatus: 201 });
    const { seconds } = context;
    const variants: readonly Variant[] = concurrencies.flatMap((at) => [
      { name: floor(at), measure: withCpu(bottom.cpuMs, () => bottom.run(at, seconds)) },
      {
        name: ours(at),
        comparedWith: floor(at),
        measure: withCpu(
          () => stackCpuMs(stack),
          () => load.run(name, at, seconds),
        ),
      },
    ]);
    const samples = await inRounds(variants, context);
    const busiest = variants.slice(-2);
    const cpu = findingsOf(busiest, byCpu(samples), { unit: "ms CPU", of: (perSecond) => 1000 / perSecond });
    return {
      findings: [
        ...findingsOf(variants, samples, { unit: "flows/s" }),
        ...cpu.map((finding) => ({ ...finding, what: `${finding.what}: all processes, each flow` })),
      ],
      targets: [{ ...target, value: latencyOf(latenciesOf(ours(100), samples).sortedMs).p90 }],
      latencies: variants.map((variant) => latenciesOf(variant.name, samples)),
    };
  } finally {
    await Promise.all([load.stop(), bottom.stop()]);
  }
}

const target = { what: "100 concurrent POST /auth/anonymous: p90", below: 500, unit: "ms" };

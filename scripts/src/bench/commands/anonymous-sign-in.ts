import { routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Finding, Findings } from "../benchmark.ts";
import type { ClosedLoopRun } from "../measure/closed-loop.ts";
import { byCpu, findingsOf, inRounds, latenciesOf, type Sample, type Variant } from "../measure/rounds.ts";
import { latencyOf } from "../measure/statistics.ts";
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
    await load.ask({ kind: "prepare", name, target: { port, method: "POST", path, headers: [], expectedStatus: 201 } });
    const { seconds } = context;
    const request = async (connections: number): Promise<ClosedLoopRun> => {
      const run = await load.ask({ kind: "run", name, connections, seconds });
      if (run === undefined) throw new Error("a run without samples");
      return run;
    };
    const variants: readonly Variant[] = concurrencies.flatMap((at) => [
      { name: floor(at), measure: withCpu(bottom.cpuMs, () => bottom.run(at, seconds)) },
      {
        name: ours(at),
        comparedWith: floor(at),
        measure: withCpu(
          () => stackCpuMs(stack),
          () => request(at),
        ),
      },
    ]);
    const samples = await inRounds(variants, context);
    const cpu = findingsOf(variants, byCpu(samples), { unit: "ms CPU", of: (perSecond) => 1000 / perSecond });
    return {
      findings: [...findingsOf(variants, samples, { unit: "flows/s" }), ...cpu.slice(-2).map(ofOneFlow)],
      targets: [{ ...target, value: latencyOf(latenciesOf(ours(100), samples).sortedMs).p90 }],
      latencies: variants.map((variant) => latenciesOf(variant.name, samples)),
    };
  } finally {
    await Promise.all([load.stop(), bottom.stop()]);
  }
}

const target = { what: "100 concurrent POST /auth/anonymous: p90", below: 500, unit: "ms" };

/** Without waiting times, which stand in the line of the same name. */
const ofOneFlow = ({ what, figure, speed }: Finding): Finding => ({
  what: `${what}: four processes, each flow`,
  figure,
  ...(speed !== undefined && { speed }),
});

const withCpu = (usedMs: () => Promise<number>, measure: () => Promise<ClosedLoopRun>) => async (): Promise<Sample> => {
  const before = await usedMs();
  const run = await measure();
  return { ...run, cpuMsEach: ((await usedMs()) - before) / run.ended };
};

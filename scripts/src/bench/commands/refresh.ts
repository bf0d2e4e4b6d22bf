import { routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { findingsOf, inRounds, latenciesOf, type Variant } from "../measure/rounds.ts";
import { latencyOf } from "../measure/statistics.ts";
import { startHttpLoad } from "../process/http-load.ts";
import { startRefreshLoad } from "./refresh-load.ts";

const users = 100;
const signIn = `POST /auth/anonymous, ${users} at once`;
const refreshes = (concurrent: number) => `POST /auth/session/refresh, ${concurrent} at once`;

export const refresh: Benchmark = {
  name: "refresh",
  what: "POST /auth/session/refresh by users with a session each, against making a session",
  run: measureRefresh,
};

async function measureRefresh(context: BenchmarkContext): Promise<Findings> {
  const port = Number(new URL((await context.stack()).baseUrl).port);
  const load = startHttpLoad();
  const refreshing = startRefreshLoad();
  try {
    const { path } = routes.createAnonymousSession;
    await load.prepare(signIn, { port, method: "POST", path, headers: [], expectedStatus: 201 });
    await refreshing.signIn(port, users);
    const { seconds } = context;
    const variants: readonly Variant[] = [
      { name: signIn, measure: () => load.run(signIn, users, seconds) },
      { name: refreshes(1), measure: () => refreshing.run(1, seconds) },
      { name: refreshes(users), comparedWith: signIn, measure: () => refreshing.run(users, seconds) },
    ];
    const samples = await inRounds(variants, context);
    return {
      findings: findingsOf(variants, samples, { unit: "flows/s" }),
      targets: [{ ...target, value: latencyOf(latenciesOf(refreshes(users), samples).sortedMs).p95 }],
      latencies: variants.map(({ name }) => latenciesOf(name, samples)),
    };
  } finally {
    await Promise.all([load.stop(), refreshing.stop()]);
  }
}

const target = { what: `${users} concurrent POST /auth/session/refresh: p95`, below: 500, unit: "ms" };

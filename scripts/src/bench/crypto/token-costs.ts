import { join } from "node:path";
import { startAskedProcess } from "../../process/asked-process.ts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { findingsOf, inRounds, type Variant } from "../measure/rounds.ts";
import { type OperationName, operationNames } from "./token-operations.ts";

export interface TokenCostsQuestion {
  readonly name: OperationName;
  readonly seconds: number;
}

/** One of many small operations needs less time than a request does to be measured as well. */
const shareOfSeconds = 0.3;

export const tokenCosts: Benchmark = {
  name: "crypto",
  what: "signing, verifying, sealing and MACs, one after the other, against jose and node:crypto alone",
  run: measureTokenCosts,
};

async function measureTokenCosts(context: BenchmarkContext): Promise<Findings> {
  const operations = startAskedProcess<TokenCostsQuestion, number>(join(import.meta.dirname, "token-costs-main.ts"));
  try {
    const seconds = context.seconds * shareOfSeconds;
    const names = Object.keys(operationNames) as OperationName[];
    const variants: readonly Variant[] = names.map((name) => {
      const comparedWith = operationNames[name];
      return {
        name,
        ...(comparedWith !== undefined && { comparedWith }),
        measure: async () => ({ perSecond: await operations.ask({ name, seconds }) }),
      };
    });
    const samples = await inRounds(variants, context);
    return { findings: findingsOf(variants, samples, { unit: "µs", of: (perSecond) => 1_000_000 / perSecond }) };
  } finally {
    await operations.stop();
  }
}

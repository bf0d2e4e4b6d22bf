import { join } from "node:path";
import { startAskedProcess } from "../../process/asked-process.ts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { findingsOf, inRounds, type Variant } from "../measure/rounds.ts";

export interface HotCheckQuestion {
  /** How many revoked sessions the view knows. */
  readonly revocations: number;
  readonly seconds: number;
}

export interface HotCheckAnswer {
  readonly perSecond: number;
  /** Heap used by each revocation; 0 where there are none. */
  readonly bytesAnEntry: number;
}

const many = 1_000_000;
const none = "a remembered token and its session checked, no revocation known";
const full = `likewise, ${many.toLocaleString("en-US")} revocations known`;

export const hotCheck: Benchmark = {
  name: "hot-check",
  what: "what every request is asked, verified token and revocations, with none known and with a million",
  run: measureHotCheck,
};

async function measureHotCheck(context: BenchmarkContext): Promise<Findings> {
  const checks = startAskedProcess<HotCheckQuestion, HotCheckAnswer>(join(import.meta.dirname, "hot-check-main.ts"));
  let bytesAnEntry = 0;
  try {
    const measured = (revocations: number) => async () => {
      const answer = await checks.ask({ revocations, seconds: context.seconds });
      bytesAnEntry = Math.max(bytesAnEntry, answer.bytesAnEntry);
      return { perSecond: answer.perSecond };
    };
    const variants: readonly Variant[] = [
      { name: none, measure: measured(0) },
      { name: full, comparedWith: none, measure: measured(many) },
    ];
    const samples = await inRounds(variants, context);
    const findings = findingsOf(variants, samples, { unit: "µs", of: (perSecond) => 1_000_000 / perSecond });
    const ratio = 1 / (findings[1]?.speed?.ratio ?? 0);
    return {
      findings: [...findings, { what: "each revocation known", figure: { value: bytesAnEntry, unit: "bytes" } }],
      targets: [
        { what: "the check with a million revocations to that with none", value: ratio, below: 1.2, unit: "×" },
        { what: "heap for each revocation", value: bytesAnEntry, below: 150, unit: "bytes" },
      ],
    };
  } finally {
    await checks.stop();
  }
}

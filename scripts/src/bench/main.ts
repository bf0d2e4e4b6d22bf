import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { type Stack, startStack } from "../stack.ts";
import { BenchMistake, type BenchOptions, benchHelp, benchOptions } from "./bench-options.ts";
import { benchmarks } from "./benchmarks.ts";
import { latencyPlot } from "./report/latency-plot.ts";
import { isMet, type NamedFindings, resultTable } from "./report/result-table.ts";

/** `npm run bench`. */
const plotFile = join(import.meta.dirname, "../../../.lanyard/bench/latency.svg");

try {
  const options = benchOptions(
    process.argv.slice(2),
    benchmarks.map(({ name }) => name),
  );
  if (options === "help") console.log(benchHelp(benchmarks));
  else process.exitCode = (await bench(options)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof BenchMistake)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function bench({ only, json, seconds, rounds }: BenchOptions): Promise<boolean> {
  let started: Promise<Stack> | undefined;
  const progress = (line: string): void => console.error(line);
  const stack = (): Promise<Stack> => {
    started ??= startStack({ dataDir: "memory", mode: "development", log: progress, superviseRestarts: false });
    return started;
  };
  const results: NamedFindings[] = [];
  try {
    for (const { name, run } of benchmarks.filter((each) => only.includes(each.name))) {
      progress(`\n${name}`);
      results.push({ name, ...(await run({ seconds, rounds, progress, stack })) });
    }
  } finally {
    await (await started)?.stop();
  }
  await plot(results, progress);
  const machine = `Node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? process.arch}`;
  if (json) console.log(JSON.stringify({ machine, seconds, rounds, results: results.map(withoutLatencies) }));
  else console.log(`\n${machine}; ${rounds} rounds of ${seconds} s\n\n${resultTable(results)}`);
  return results.flatMap(({ targets = [] }) => targets).every(isMet);
}

/** The picture differs from run to run, so it lies beside what else is of this machine, not in git. */
async function plot(results: readonly NamedFindings[], progress: (line: string) => void): Promise<void> {
  const series = results.flatMap(({ latencies = [] }) => latencies);
  if (series.length === 0) return;
  await mkdir(join(plotFile, ".."), { recursive: true });
  await writeFile(plotFile, latencyPlot(series));
  progress(`\nwaiting times drawn in ${plotFile}`);
}

function withoutLatencies({ latencies: _, ...rest }: NamedFindings) {
  return rest;
}

import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { limitNames } from "@lanyard/contracts";
import { type Stack, startStack } from "../stack.ts";
import { BenchMistake, type BenchOptions, benchHelp, benchOptions } from "./bench-options.ts";
import { benchmarks } from "./benchmarks.ts";
import { latencyPlot } from "./report/latency-plot.ts";
import { isMet, type NamedFindings, resultTable } from "./report/result-table.ts";

/** `npm run bench`. */
const plots = join(import.meta.dirname, "../../../.lanyard/bench");
/** What is measured comes from one client and goes to few addresses: limits count it all, and are never reached. */
const limits = limitNames.map((name) => `${name}=10000000/600`).join();

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

async function bench({ only, json, seconds, rounds, sessions }: BenchOptions): Promise<boolean> {
  let started: Promise<Stack> | undefined;
  const progress = (line: string): void => console.error(line);
  const stack = (): Promise<Stack> => {
    started ??= startStack({
      dataDir: "memory",
      mode: "development",
      env: { LANYARD_LIMITS: limits },
      log: progress,
      superviseRestarts: false,
    });
    return started;
  };
  const results: NamedFindings[] = [];
  try {
    for (const { name, run } of benchmarks.filter((each) => only.includes(each.name))) {
      progress(`\n${name}`);
      results.push({ name, ...(await run({ seconds, rounds, sessions, progress, stack })) });
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

/** A picture for each benchmark. It differs from run to run, so it lies beside what else is of this machine, not in git. */
async function plot(results: readonly NamedFindings[], progress: (line: string) => void): Promise<void> {
  for (const { name, latencies = [] } of results) {
    if (latencies.length === 0) continue;
    const file = join(plots, `${name}.svg`);
    await mkdir(plots, { recursive: true });
    await writeFile(file, latencyPlot(latencies));
    progress(`\nwaiting times drawn in ${file}`);
  }
}

function withoutLatencies({ latencies: _, ...rest }: NamedFindings) {
  return rest;
}

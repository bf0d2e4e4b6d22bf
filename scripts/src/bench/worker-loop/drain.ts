import { join } from "node:path";
import { type BenchProcess, startBenchProcess } from "../process/bench-process.ts";

/** What takes the messages. */
export type Drainer = "SDK loop" | "worker" | "worker and runtime";

export type DrainQuestion =
  | { readonly kind: "fill"; readonly count: number }
  | { readonly kind: "drain"; readonly count: number; readonly by: Drainer };

/** How long it took, seconds. */
export type DrainAnswer = number;

/** A process that fills a queue with commands and empties it again. */
export const startDrain = (env: Readonly<Record<string, string>>): BenchProcess<DrainQuestion, DrainAnswer> =>
  startBenchProcess(join(import.meta.dirname, "drain-main.ts"), env);

import type { Stack } from "../stack.ts";

/** Percentiles of what was waited for, milliseconds. */
export interface LatencyMs {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** One line of the table. */
export interface Finding {
  readonly what: string;
  /** Median of the rounds. */
  readonly figure: {
    readonly value: number;
    readonly unit:
      | "req/s"
      | "flows/s"
      | "msg/s"
      | "ms"
      | "µs"
      | "µs CPU"
      | "ms CPU"
      | "sessions/s"
      | "items/s"
      | "writes/s"
      | "bytes";
  };
  /** How fast compared with another line of the same run: 1 is as fast, 0.5 half as fast. None: it is what others are compared with. */
  readonly speed?: { readonly ratio: number; readonly lowest: number; readonly highest: number; readonly of: string };
  readonly latencyMs?: LatencyMs;
}

/** A figure with a bound of its own. */
export interface Target {
  readonly what: string;
  readonly value: number;
  readonly below: number;
  readonly unit: string;
}

/** Waiting times of one kind of request, every round together. */
export interface LatencySeries {
  readonly name: string;
  readonly sortedMs: readonly number[];
}

export interface Findings {
  readonly findings: readonly Finding[];
  readonly targets?: readonly Target[];
  readonly latencies?: readonly LatencySeries[];
}

export interface BenchmarkContext {
  /** How long one variant is measured in one round. */
  readonly seconds: number;
  readonly rounds: number;
  /** How many sessions there are where many are wanted. */
  readonly sessions: number;
  readonly progress: (line: string) => void;
  /** One stack over an embedded cloud in memory, started when first asked for. */
  readonly stack: () => Promise<Stack>;
}

/** Something that is measured: one entry of the list in `benchmarks.ts`. */
export interface Benchmark {
  readonly name: string;
  readonly what: string;
  readonly run: (context: BenchmarkContext) => Promise<Findings>;
}

import { join } from "node:path";
import { type ClosedLoopRun } from "../measure/closed-loop.ts";
import { type BenchProcess, startBenchProcess } from "./bench-process.ts";

/** A kind of request that can be sent many times. */
export interface HttpTarget {
  readonly port: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Header lines to take turns with; none: no header of its own. */
  readonly headers: readonly string[];
  /** Any other answer makes the run fail. */
  readonly expectedStatus: number;
}

export type HttpLoadQuestion =
  | { readonly kind: "prepare"; readonly name: string; readonly target: HttpTarget }
  | { readonly kind: "run"; readonly name: string; readonly connections: number; readonly seconds: number };

/** Sends requests from a process of its own. */
export const startHttpLoad = (): BenchProcess<HttpLoadQuestion, ClosedLoopRun | undefined> =>
  startBenchProcess(join(import.meta.dirname, "http-load-main.ts"));

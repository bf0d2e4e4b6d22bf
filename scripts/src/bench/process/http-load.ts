import { join } from "node:path";
import type { ClosedLoopRun } from "../measure/closed-loop.ts";
import { startBenchProcess } from "./bench-process.ts";

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

export interface HttpLoad {
  prepare(name: string, target: HttpTarget): Promise<void>;
  /** Sends what was prepared under that name, on so many connections. */
  run(name: string, connections: number, seconds: number): Promise<ClosedLoopRun>;
  stop(): Promise<void>;
}

/** Sends requests from a process of its own. */
export function startHttpLoad(): HttpLoad {
  const { ask, stop } = startBenchProcess<HttpLoadQuestion, ClosedLoopRun | undefined>(
    join(import.meta.dirname, "http-load-main.ts"),
  );
  return {
    async prepare(name, target) {
      await ask({ kind: "prepare", name, target });
    },
    async run(name, connections, seconds) {
      const run = await ask({ kind: "run", name, connections, seconds });
      if (run === undefined) throw new Error("a run without samples");
      return run;
    },
    stop,
  };
}

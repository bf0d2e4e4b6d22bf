import { join } from "node:path";
import { startAskedProcess } from "../../process/asked-process.ts";
import type { ClosedLoopRun } from "../measure/closed-loop.ts";
import type { Timed } from "../measure/each-once.ts";
import type { HttpRequest } from "./request-text.ts";

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

/** Requests of which each is sent once. */
export interface HttpSeries {
  readonly port: number;
  readonly requests: readonly HttpRequest[];
  /** How many are under way at a time, each on a connection of its own. */
  readonly connections: number;
  /** After each answer, on its connection. Default: none. */
  readonly pauseMs?: number;
  /** Any other answer makes the series fail. */
  readonly expectedStatus: number;
}

export type HttpLoadQuestion =
  | { readonly kind: "prepare"; readonly name: string; readonly target: HttpTarget }
  | { readonly kind: "run"; readonly name: string; readonly connections: number; readonly seconds: number }
  | ({ readonly kind: "each" } & HttpSeries);

export interface AnsweredSeries {
  /** Bodies, in the order of the requests. */
  readonly answers: readonly Timed<string>[];
  /** From the first request to the last answer. */
  readonly seconds: number;
}

export interface HttpLoadAnswer {
  readonly run?: ClosedLoopRun;
  readonly series?: AnsweredSeries;
}

export interface HttpLoad {
  prepare(name: string, target: HttpTarget): Promise<void>;
  /** Sends what was prepared under that name, on so many connections. */
  run(name: string, connections: number, seconds: number): Promise<ClosedLoopRun>;
  /** Sends each request once, when all connections stand. */
  each(series: HttpSeries): Promise<AnsweredSeries>;
  stop(): Promise<void>;
}

/** Sends requests from a process of its own. */
export function startHttpLoad(): HttpLoad {
  const { ask, stop } = startAskedProcess<HttpLoadQuestion, HttpLoadAnswer>(
    join(import.meta.dirname, "http-load-main.ts"),
  );
  return {
    async prepare(name, target) {
      await ask({ kind: "prepare", name, target });
    },
    async run(name, connections, seconds) {
      const { run } = await ask({ kind: "run", name, connections, seconds });
      if (run === undefined) throw new Error("a run without samples");
      return run;
    },
    async each(requests) {
      const { series } = await ask({ kind: "each", ...requests });
      if (series === undefined) throw new Error("a series without answers");
      return series;
    },
    stop,
  };
}

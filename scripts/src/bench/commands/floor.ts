import { join } from "node:path";
import { type AskedProcess, startAskedProcess } from "../../process/asked-process.ts";
import type { ClosedLoopRun } from "../measure/closed-loop.ts";

/** One process of the floor: where it receives, what it writes and publishes, where it sends, and how large that is. */
export interface FloorRole {
  readonly queue: string;
  /** The table it puts one item into for each message, if it is not there. */
  readonly table?: string;
  readonly topic?: string;
  readonly sendsTo: string;
  /** Of the body it sends. */
  readonly bodyBytes: number;
}

export type FloorQuestion =
  | { readonly kind: "work"; readonly role: FloorRole }
  | { readonly kind: "start"; readonly role: FloorRole }
  | { readonly kind: "run"; readonly concurrent: number; readonly seconds: number };

export type FloorProcess = AskedProcess<FloorQuestion, ClosedLoopRun | undefined>;

export const startFloorProcess = (env: Readonly<Record<string, string>>): FloorProcess =>
  startAskedProcess(join(import.meta.dirname, "floor-main.ts"), env);

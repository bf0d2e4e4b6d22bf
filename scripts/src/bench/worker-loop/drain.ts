import { join } from "node:path";
import { type AskedProcess, startAskedProcess } from "../../process/asked-process.ts";

/** What takes the messages. */
export type Drainer = "SDK loop" | "worker" | "worker and runtime";

export type DrainQuestion =
  | { readonly kind: "fill"; readonly count: number }
  | { readonly kind: "drain"; readonly count: number; readonly by: Drainer };

/** How long it took, seconds. */
export type DrainAnswer = number;

/** A process that fills a queue with commands and empties it again. */
export const startDrain = (env: Readonly<Record<string, string>>): AskedProcess<DrainQuestion, DrainAnswer> =>
  startAskedProcess(join(import.meta.dirname, "drain-main.ts"), env);

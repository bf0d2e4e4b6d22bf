import { join } from "node:path";
import { type AskedProcess, startAskedProcess } from "../../process/asked-process.ts";

/** `seed`: as many items for a visitor. `raw`: as many conditional writes by the SDK alone, some at once; seconds taken. */
export type ItemWrites =
  | { readonly kind: "seed"; readonly userId: string; readonly count: number }
  | { readonly kind: "raw"; readonly count: number; readonly atOnce: number };

/** Writes to the merge worker's table, in a process of its own. */
export const startItemWrites = (env: Readonly<Record<string, string>>): AskedProcess<ItemWrites, number> =>
  startAskedProcess(join(import.meta.dirname, "item-writes-main.ts"), { ...env });

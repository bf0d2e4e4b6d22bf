import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Stack, type StackOptions, startStack } from "@lanyard/scripts/stack";
import { noLimits } from "./no-limits.ts";

/** A stack of real processes with its data in a temporary directory. */
export interface DiskStack {
  readonly stack: Stack;
  /** Ends everything, and removes the data unless it was given. */
  destroy(): Promise<void>;
}

/** Messages of a killed worker come back after this, and not after half a minute. */
export const VISIBILITY_SECONDS = 2;

/** Starts a stack on free ports, on new data unless some is given. Services that end stay ended. */
export async function startDiskStack(options: Partial<StackOptions> = {}, data?: string): Promise<DiskStack> {
  const dataDir = data ?? (await mkdtemp(join(tmpdir(), "lanyard-fault-")));
  const remove = async () => {
    if (data === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const stack = await startStack({
      dataDir,
      mode: "development",
      log: () => undefined,
      superviseRestarts: false,
      ...options,
      env: { LANYARD_VISIBILITY_SECONDS: String(VISIBILITY_SECONDS), LANYARD_LIMITS: noLimits, ...options.env },
    });
    return {
      stack,
      async destroy() {
        await stack.destroy();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

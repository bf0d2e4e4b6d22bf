import { join } from "node:path";
import { startAskedProcess } from "../../process/asked-process.ts";
import type { ClosedLoopRun } from "../measure/closed-loop.ts";

export type RefreshQuestion =
  | { readonly kind: "sign in"; readonly port: number; readonly users: number }
  | { readonly kind: "run"; readonly users: number; readonly seconds: number };

export interface RefreshLoad {
  /** Makes so many visitors, each with a session of its own. */
  signIn(port: number, users: number): Promise<void>;
  /** Lets the first so many of them refresh, each with what its last answer gave it. */
  run(users: number, seconds: number): Promise<ClosedLoopRun>;
  stop(): Promise<void>;
}

/** Users who do nothing but refresh, in a process of its own. */
export function startRefreshLoad(): RefreshLoad {
  const { ask, stop } = startAskedProcess<RefreshQuestion, ClosedLoopRun | undefined>(
    join(import.meta.dirname, "refresh-load-main.ts"),
  );
  return {
    async signIn(port, users) {
      await ask({ kind: "sign in", port, users });
    },
    async run(users, seconds) {
      const run = await ask({ kind: "run", users, seconds });
      if (run === undefined) throw new Error("a run without samples");
      return run;
    },
    stop,
  };
}

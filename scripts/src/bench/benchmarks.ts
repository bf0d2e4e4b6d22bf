import type { Benchmark } from "./benchmark.ts";
import { anonymousSignIn } from "./commands/anonymous-sign-in.ts";
import { tokenCosts } from "./crypto/token-costs.ts";
import { protectedRoute } from "./protected-route/protected-route.ts";
import { workerLoop } from "./worker-loop/worker-loop.ts";

/** Everything that `npm run bench` measures, in this order. */
export const benchmarks: readonly Benchmark[] = [protectedRoute, anonymousSignIn, workerLoop, tokenCosts];

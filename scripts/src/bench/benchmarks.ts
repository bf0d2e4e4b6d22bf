import { andonCord } from "./andon/andon-cord.ts";
import type { Benchmark } from "./benchmark.ts";
import { anonymousSignIn } from "./commands/anonymous-sign-in.ts";
import { refresh } from "./commands/refresh.ts";
import { tokenCosts } from "./crypto/token-costs.ts";
import { hotCheck } from "./hot-check/hot-check.ts";
import { knownAddress } from "./mail/known-address.ts";
import { mailSignIn } from "./mail/mail-sign-in.ts";
import { mergeVisitor } from "./merge/merge-visitor.ts";
import { hashingSaturated } from "./passwords/hashing-saturated.ts";
import { protectedRoute } from "./protected-route/protected-route.ts";
import { reads } from "./reads/reads-at-leisure.ts";
import { userLookup } from "./reads/user-lookup.ts";
import { workerLoop } from "./worker-loop/worker-loop.ts";

/** Everything that `npm run bench` measures, in this order. */
export const benchmarks: readonly Benchmark[] = [
  protectedRoute,
  hotCheck,
  anonymousSignIn,
  refresh,
  mailSignIn,
  knownAddress,
  hashingSaturated,
  userLookup,
  reads,
  andonCord,
  mergeVisitor,
  workerLoop,
  tokenCosts,
];

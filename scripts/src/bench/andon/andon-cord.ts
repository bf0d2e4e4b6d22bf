import { limitNames, routes } from "@lanyard/contracts";
import { type Stack, startStack } from "../../stack.ts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { latencyOf, sorted } from "../measure/statistics.ts";
import { startHttpLoad } from "../process/http-load.ts";
import { seedSessions } from "./seed-sessions.ts";
import { ThreeGateways } from "./three-gateways.ts";

const gateways = 3;
const pulls = 100;
const warmUp = 5;
/** People who sign in while it sweeps: few, so that their waiting is not their own doing. */
const signingIn = 4;
const longestSweepSeconds = 3600;

const fewName = `${pulls} pulls, few sessions: from the 202 until all of ${gateways} gateways refuse`;
const manyName = (sessions: number) => `${pulls} pulls, ${sessions.toLocaleString("en-US")} sessions: likewise`;
const allName = "one pull of all of them";
const quietName = `POST /auth/anonymous, ${signingIn} at once, no sweep`;
const sweepingName = `POST /auth/anonymous, ${signingIn} at once, during the sweep`;

export const andonCord: Benchmark = {
  name: "andon",
  what: "a pull of the andon cord over three gateways, with few sessions and many, and the sweep after it",
  run: measureAndonCord,
};

/** A stack of its own: it ends everybody's sessions. */
async function measureAndonCord(context: BenchmarkContext): Promise<Findings> {
  const { progress, sessions } = context;
  const stack = await startStack({
    dataDir: "memory",
    mode: "development",
    gateways,
    env: { LANYARD_LIMITS: limitNames.map((name) => `${name}=10000000/600`).join(), LOG_LEVEL: "warn" },
    log: progress,
    superviseRestarts: false,
  });
  try {
    return await measure(stack, context);
  } finally {
    await stack.stop();
    progress(`${sessions} sessions are gone`);
  }
}

async function measure(stack: Stack, { progress, sessions, seconds }: BenchmarkContext): Promise<Findings> {
  const load = startHttpLoad();
  try {
    const few = await pullEach(stack);
    progress(`${pulls} pulls with few sessions: p99 ${latencyOf(few).p99.toFixed(1)} ms`);
    await seedSessions(stack.env, sessions, progress);
    const many = await pullEach(stack);
    progress(`${pulls} pulls with ${sessions}: p99 ${latencyOf(many).p99.toFixed(1)} ms`);

    const port = Number(new URL(stack.baseUrl).port);
    const { path } = routes.createAnonymousSession;
    await load.prepare("sign in", { port, method: "POST", path, headers: [], expectedStatus: 201 });
    await load.run("sign in", signingIn, seconds);
    const quiet = sorted([...(await load.run("sign in", signingIn, 5 * seconds)).latenciesMs]);
    const clients = clientsOf(stack);
    const visitor = await clients.visitor();
    const startedAt = performance.now();
    const { revocationId, untilAllRefuseMs } = await clients.pull({ kind: "all" }, visitor);
    const sweep = clients.swept(revocationId, (swept) => progress(`swept ${swept}`));
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    sweep.then(end, end);
    const sweeping: number[] = [];
    while (!isOver && performance.now() - startedAt < longestSweepSeconds * 1000) {
      sweeping.push(...(await load.run("sign in", signingIn, seconds)).latenciesMs);
    }
    const { matched, swept, propagationMs } = await sweep;
    clients.close();
    const sweepSeconds = (performance.now() - startedAt) / 1000;
    if (swept < sessions) throw new Error(`${swept} of ${sessions} sessions were swept`);
    progress(`${swept} of ${matched} swept in ${sweepSeconds.toFixed(0)} s; receipt: ${JSON.stringify(propagationMs)}`);

    const ascending = sorted(sweeping);
    const ratio = latencyOf(ascending).p99 / latencyOf(quiet).p99;
    return {
      findings: [
        { what: fewName, figure: { value: latencyOf(few).p50, unit: "ms" }, latencyMs: latencyOf(few) },
        {
          what: manyName(sessions),
          figure: { value: latencyOf(many).p50, unit: "ms" },
          speed: compared(latencyOf(few).p50, latencyOf(many).p50, fewName),
          latencyMs: latencyOf(many),
        },
        { what: allName, figure: { value: untilAllRefuseMs, unit: "ms" } },
        { what: "the sweep, beside sign-ins", figure: { value: swept / sweepSeconds, unit: "sessions/s" } },
        { what: quietName, figure: { value: latencyOf(quiet).p50, unit: "ms" }, latencyMs: latencyOf(quiet) },
        {
          what: sweepingName,
          figure: { value: latencyOf(ascending).p50, unit: "ms" },
          speed: compared(latencyOf(quiet).p50, latencyOf(ascending).p50, quietName),
          latencyMs: latencyOf(ascending),
        },
      ],
      targets: [
        { what: `${fewName}: p99`, value: latencyOf(few).p99, below: 250, unit: "ms" },
        { what: `${fewName}: longest`, value: latencyOf(few).max, below: 2000, unit: "ms" },
        {
          what: "p50 with many sessions to few",
          value: latencyOf(many).p50 / latencyOf(few).p50,
          below: 1.5,
          unit: "×",
        },
        { what: "p99 of sign-ins during the sweep to without", value: ratio, below: 2, unit: "×" },
      ],
      latencies: [
        { name: "few sessions", sortedMs: few },
        { name: `${sessions} sessions`, sortedMs: many },
        { name: "sign-in, no sweep", sortedMs: quiet },
        { name: "sign-in, sweep", sortedMs: ascending },
      ],
    };
  } finally {
    await load.stop();
  }
}

/** Each ends one visitor's session; that of all is measured once, at the end, because nobody is left after it. */
async function pullEach(stack: Stack): Promise<readonly number[]> {
  // New ones each time: a server closes a connection that nobody has used for seconds.
  const clients = clientsOf(stack);
  const taken: number[] = [];
  try {
    for (let pull = 0; pull < warmUp + pulls; pull += 1) {
      const visitor = await clients.visitor();
      const { untilAllRefuseMs } = await clients.pull({ kind: "user", userId: visitor.userId }, visitor);
      if (pull >= warmUp) taken.push(untilAllRefuseMs);
    }
  } finally {
    clients.close();
  }
  return sorted(taken);
}

const clientsOf = ({ baseUrls, env }: Stack): ThreeGateways =>
  new ThreeGateways(baseUrls, env["LANYARD_OPS_KEY"] ?? "");

const compared = (base: number, own: number, of: string) => ({
  ratio: base / own,
  lowest: base / own,
  highest: base / own,
  of,
});

import { routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { makeAccounts } from "../mail/make-accounts.ts";
import { findingsOf, inRounds, latenciesOf, type Sample, type Variant } from "../measure/rounds.ts";
import { latencyOf } from "../measure/statistics.ts";
import { type HttpLoad, startHttpLoad } from "../process/http-load.ts";

const times = 100;
const boundMs = 100;

type Whose = "known" | "unknown";
const addresses: Readonly<Record<Whose, string>> = { known: "somebody@example.com", unknown: "nobodyat@example.com" };
const together = [
  { how: "in turn", connections: 1 },
  { how: "at once", connections: times },
] as const;
const nameOf = (whose: Whose, how: string): string => `GET /users/lookup, ${whose}, ${times} ${how}`;

export const userLookup: Benchmark = {
  name: "lookup",
  what: `GET /users/lookup for one address, ${times} times in turn and at once, known and unknown`,
  run: measureLookup,
};

async function measureLookup(context: BenchmarkContext): Promise<Findings> {
  const { baseUrl, env } = await context.stack();
  const port = Number(new URL(baseUrl).port);
  const [userId = ""] = await makeAccounts(port, [addresses.known]);
  const load = startHttpLoad();
  try {
    const asked: Asked = { port, opsKey: env["LANYARD_OPS_KEY"] ?? "", userId };
    const variants: readonly Variant[] = together.flatMap(({ how, connections }) => [
      { name: nameOf("unknown", how), measure: () => lookUp(load, asked, "unknown", connections) },
      {
        name: nameOf("known", how),
        comparedWith: nameOf("unknown", how),
        measure: () => lookUp(load, asked, "known", connections),
      },
    ]);
    const samples = await inRounds(variants, context);
    return {
      findings: findingsOf(variants, samples, { unit: "req/s" }),
      targets: together.map(({ how }) => ({
        what: `${nameOf("known", how)}: longest`,
        value: latencyOf(latenciesOf(nameOf("known", how), samples).sortedMs).max,
        below: boundMs,
        unit: "ms",
      })),
      latencies: variants.map(({ name }) => latenciesOf(name, samples)),
    };
  } finally {
    await load.stop();
  }
}

interface Asked {
  readonly port: number;
  readonly opsKey: string;
  /** Whose the known address is: every answer has to say it. */
  readonly userId: string;
}

async function lookUp(
  load: HttpLoad,
  { port, opsKey, userId }: Asked,
  whose: Whose,
  connections: number,
): Promise<Sample> {
  const path = `${routes.lookupUser.path}?email=${encodeURIComponent(addresses[whose])}`;
  const request = { method: "GET", path, headers: [`Authorization: Bearer ${opsKey}`] } as const;
  const requests = Array.from({ length: times }, () => request);
  const expectedStatus = whose === "known" ? 200 : 404;
  const { answers, seconds } = await load.each({ port, requests, connections, expectedStatus });
  const found = JSON.stringify({ userId });
  if (whose === "known" && answers.some(({ answer }) => answer !== found)) throw new Error("lookups differ");
  return { perSecond: times / seconds, latenciesMs: answers.map(({ ms }) => ms) };
}

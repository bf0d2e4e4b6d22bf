import { routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { byCpu, findingsOf, inRounds, type Samples, type Variant } from "../measure/rounds.ts";
import { withCpu } from "../measure/with-cpu.ts";
import { type HttpTarget, startHttpLoad } from "../process/http-load.ts";
import { type EmptyServerQuestion, startEmptyServer } from "./empty-server.ts";

const connections = 20;
/** More than a verifier remembers (10,000): taken in turns, each is forgotten before it comes again. */
const tokensToMiss = 12_000;

const unreadToken = "t".repeat(640);

const bare = "bare Express, empty handler";
const open = "gateway without authentication, empty handler";

const servers = [
  { name: bare, inFront: "bare Express", tokens: 0 },
  { name: open, inFront: "gateway without authentication", tokens: 0, comparedWith: bare },
  { name: "gateway, token remembered, empty handler", inFront: "gateway", tokens: 1, comparedWith: open },
  { name: "gateway, token verified anew, empty handler", inFront: "gateway", tokens: tokensToMiss, comparedWith: open },
] as const satisfies readonly (Omit<Variant, "measure"> &
  Omit<Extract<EmptyServerQuestion, { kind: "start" }>, "kind">)[];
const whole = "gateway, GET /auth/session from the tables";

export const protectedRoute: Benchmark = {
  name: "protected-route",
  what: "GET with an access token: what checking it costs, against the gateway without the check and against Express",
  run: measureProtectedRoute,
};

async function measureProtectedRoute(context: BenchmarkContext): Promise<Findings> {
  const load = startHttpLoad();
  const started = servers.map((each) => ({ ...each, process: startEmptyServer() }));
  try {
    const prepare = (name: string, port: number, accessTokens: readonly string[]) => {
      const headers = accessTokens.map((token) => `Authorization: Bearer ${token}`);
      const target: HttpTarget = { port, method: "GET", path: routes.readSession.path, headers, expectedStatus: 200 };
      return load.prepare(name, target);
    };
    for (const { name, inFront, tokens, process } of started) {
      const { port, accessTokens } = await process.ask({ kind: "start", inFront, tokens });
      // Reading a long header costs something, too: who looks at no token is sent one as well.
      await prepare(name, port, tokens === 0 ? [unreadToken] : accessTokens);
    }
    const { baseUrl } = await context.stack();
    await prepare(whole, Number(new URL(baseUrl).port), [await anAccessToken(baseUrl)]);

    const run = (name: string) => () => load.run(name, connections, context.seconds);
    const emptied = started.map(({ name, process, ...rest }) => ({
      ...rest,
      name,
      measure: withCpu(process.cpuMs, run(name)),
    }));
    const variants = [...emptied, { name: whole, comparedWith: bare, measure: run(whole) }];
    const samples = await inRounds(variants, context);
    for (const { name, tokens, process } of started) {
      const { hits, misses } = await process.ask({ kind: "cache" });
      context.progress(`${name}: ${hits} remembered, ${misses} verified`);
      if (tokens === tokensToMiss ? hits > 0 : misses > tokens * connections)
        throw new Error(`${name}: ${hits} hits and ${misses} misses are not what was to be measured`);
    }
    const cpu = findingsOf(emptied, byCpu(samples), { unit: "µs CPU", of: (perSecond) => 1_000_000 / perSecond });
    return {
      findings: [
        ...withBareExpress(variants, samples),
        ...cpu.map((finding) => ({ ...finding, what: `${finding.what}: server, each request` })),
      ],
    };
  } finally {
    await Promise.all([load, ...started.map(({ process }) => process)].map((each) => each.stop()));
  }
}

/** What authentication costs is a matter of the same stack without it; what the whole costs, one of Express. */
function withBareExpress(variants: readonly Variant[], samples: Samples) {
  const unit = "req/s";
  const againstBare = variants
    .filter(({ comparedWith }) => comparedWith === open)
    .map((each) => ({ ...each, comparedWith: bare }));
  const extra = findingsOf(againstBare, samples, { unit });
  return findingsOf(variants, samples, { unit }).flatMap((finding) => [
    finding,
    ...extra.filter(({ what }) => what === finding.what),
  ]);
}

async function anAccessToken(baseUrl: string): Promise<string> {
  const response = await fetch(baseUrl + routes.createAnonymousSession.path, { method: "POST" });
  if (response.status !== 201) throw new Error(`${routes.createAnonymousSession.path} answered ${response.status}`);
  const { tokens } = (await response.json()) as { readonly tokens: { readonly accessToken: string } };
  return tokens.accessToken;
}

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { invariants } from "./invariants.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";

const HELP = `npm run simulate -- [--seeds N] [--from N] [--seed N] [--jobs N] [--json]

Runs the whole system in one process on virtual time, under crashes, duplicates, delays of weeks, failed writes that were
applied, throttling and clocks that are minutes apart, and holds ${invariants.length} invariants after each run.

  --seeds N   how many runs; default 2000
  --from N    the first seed; default 1
  --seed N    one run, by its seed: prints its trace hash and what it violates
  --jobs N    threads; default one for each core
  --json      one JSON object in place of text`;

interface Totals {
  runs: number;
  steps: number;
  crashes: number;
  thefts: number;
  revoked: number;
  mails: number;
  signedInByMail: number;
  pulls: number;
  merges: number;
  moved: number;
  swept: number;
  evicted: number;
  audited: number;
  sealed: number;
  byPassword: number;
  secondFactors: number;
  passwordsSet: number;
  failed: SeedResult[];
}

interface Job {
  readonly from: number;
  readonly count: number;
  readonly stride: number;
}

const REPORT_EVERY = 20;
/** A run is a few megabytes that live shortly: a larger nursery is only slower, by what it takes from the caches. */
const YOUNG_MB = 48;

if (isMainThread) await main();
else await work(workerData as Job);

async function work({ from, count, stride }: Job): Promise<void> {
  let results: SeedResult[] = [];
  for (let index = 0; index < count; index += 1) {
    results.push(await runSeed(from + index * stride));
    if (results.length < REPORT_EVERY && index < count - 1) continue;
    parentPort?.postMessage(results);
    results = [];
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "2000" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      jobs: { type: "string", default: String(availableParallelism()) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.seed !== undefined) return one(whole("--seed", values.seed), values.json);
  const [seeds, from, jobs] = [
    whole("--seeds", values.seeds),
    whole("--from", values.from),
    whole("--jobs", values.jobs),
  ];
  const began = Date.now();
  const totals = await many(seeds, from, Math.min(jobs, seeds), began);
  const seconds = (Date.now() - began) / 1000;
  if (values.json) console.log(JSON.stringify({ ...totals, seconds }));
  else report(totals, seconds);
  if (totals.failed.length > 0) process.exitCode = 1;
}

async function one(seed: number, json: boolean): Promise<void> {
  const result = await runSeed(seed);
  if (json) console.log(JSON.stringify(result));
  else {
    console.log(`seed ${seed}: ${result.steps} steps, ${result.crashes} crashes, trace ${result.traceHash}`);
    for (const violation of result.violations) console.log(`  ✗ ${violation}`);
    if (result.violations.length === 0) console.log(`  all ${invariants.length} invariants hold`);
  }
  if (result.violations.length > 0) process.exitCode = 1;
}

async function many(seeds: number, from: number, jobs: number, began: number): Promise<Totals> {
  const totals: Totals = {
    runs: 0,
    steps: 0,
    crashes: 0,
    thefts: 0,
    revoked: 0,
    mails: 0,
    signedInByMail: 0,
    pulls: 0,
    merges: 0,
    moved: 0,
    swept: 0,
    evicted: 0,
    audited: 0,
    sealed: 0,
    byPassword: 0,
    secondFactors: 0,
    passwordsSet: 0,
    failed: [],
  };
  const take = (results: readonly SeedResult[]): void => {
    for (const result of results) {
      totals.runs += 1;
      totals.steps += result.steps;
      totals.crashes += result.crashes;
      totals.thefts += result.thefts;
      totals.revoked += result.revoked;
      totals.mails += result.mails;
      totals.signedInByMail += result.signedInByMail;
      totals.pulls += result.pulls;
      totals.merges += result.merges;
      totals.moved += result.moved;
      totals.swept += result.swept;
      totals.evicted += result.evicted;
      totals.audited += result.audited;
      totals.sealed += result.sealed;
      totals.byPassword += result.byPassword;
      totals.secondFactors += result.secondFactors;
      totals.passwordsSet += result.passwordsSet;
      if (result.violations.length > 0) totals.failed.push(result);
    }
    progress(totals, seeds, began);
  };
  await Promise.all(
    Array.from({ length: jobs }, (_, job) => {
      const count = Math.ceil((seeds - job) / jobs);
      return new Promise<void>((resolve, reject) => {
        const thread = new Worker(new URL(import.meta.url), {
          workerData: { from: from + job, count, stride: jobs } satisfies Job,
          resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
        });
        thread.on("message", take);
        thread.on("error", reject);
        thread.on("exit", () => resolve());
      });
    }),
  );
  return totals;
}

function progress(totals: Totals, seeds: number, began: number): void {
  if (!process.stderr.isTTY && totals.runs % 1000 !== 0 && totals.runs !== seeds) return;
  const perSecond = totals.runs / Math.max(0.001, (Date.now() - began) / 1000);
  const left = Math.round((seeds - totals.runs) / perSecond);
  const line = `${totals.runs} of ${seeds} runs, ${Math.round(perSecond)}/s, ${left} s left, ${totals.failed.length} with violations`;
  process.stderr.write(process.stderr.isTTY ? `\r${line.padEnd(100)}` : `${line}\n`);
}

function report(totals: Totals, seconds: number): void {
  if (process.stderr.isTTY) process.stderr.write("\n");
  const {
    runs,
    steps,
    crashes,
    thefts,
    revoked,
    mails,
    signedInByMail,
    pulls,
    merges,
    moved,
    swept,
    evicted,
    audited,
    sealed,
    byPassword,
    secondFactors,
    passwordsSet,
    failed,
  } = totals;
  console.log(
    `${runs} runs in ${seconds.toFixed(1)} s: ${steps} steps, ${crashes} crashes, ${thefts} thefts tried, ${revoked} revocations, ${mails} mails, ${signedInByMail} sign-ins by mail, ${pulls} pulls of the andon cord, ${merges} merges with ${moved} items, ${swept} sessions swept, ${evicted} ended by the limit, ${audited} rows of the security log, ${sealed} times one was sealed, ${byPassword} sign-ins by password, ${secondFactors} second factors shown, ${passwordsSet} passwords set`,
  );
  for (const { seed, violations } of failed.slice(0, 10)) {
    console.log(`✗ seed ${seed} (npm run simulate -- --seed ${seed})`);
    for (const violation of violations) console.log(`    ${violation}`);
  }
  console.log(
    failed.length === 0 ? `all ${invariants.length} invariants hold` : `${failed.length} runs violate an invariant`,
  );
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`${name} must be a whole number above 0`);
  process.exit(2);
}

import { doneBy, passwordsSet } from "./account-evidence.ts";
import { isRow } from "./audit-invariants.ts";
import { Clients } from "./clients.ts";
import { type Evidence, lastStates } from "./evidence.ts";
import { Fleet } from "./fleet.ts";
import { invariants } from "./invariants.ts";
import { mergeEvidence } from "./merge-evidence.ts";
import type { Mutant } from "./mutant.ts";
import { verifiedLog } from "./sealing.ts";
import { World } from "./world.ts";

export interface SeedResult {
  readonly seed: number;
  /** `invariant: what contradicts it`. */
  readonly violations: readonly string[];
  /** The same for the same seed, always. */
  readonly traceHash: string;
  readonly steps: number;
  readonly crashes: number;
  readonly thefts: number;
  readonly revoked: number;
  /** Mails that were sent, and people whom one signed in. */
  readonly mails: number;
  readonly signedInByMail: number;
  readonly pulls: number;
  /** Visitors who became parts of accounts, and what came along of what they owned. */
  readonly merges: number;
  readonly moved: number;
  /** Sessions that a sweep has marked, and those that had to end for another. */
  readonly swept: number;
  readonly evicted: number;
  /** Rows of the security log, and those that a seal names. */
  readonly audited: number;
  readonly sealed: number;
  /** Sign-ins by password, second factors that were shown, and passwords that were set. */
  readonly byPassword: number;
  readonly secondFactors: number;
  readonly passwordsSet: number;
}

function endings(evidence: Evidence): Pick<SeedResult, "swept" | "evicted"> {
  const reasons = [...lastStates(evidence).values()].map(({ revoked }) => revoked?.reason);
  const count = (reason: string): number => reasons.filter((each) => each === reason).length;
  return { swept: count("operator"), evicted: count("session_limit") };
}

function mergesOf(evidence: Evidence): Pick<SeedResult, "merges" | "moved"> {
  const done = [...mergeEvidence(evidence).done.values()];
  return { merges: done.length, moved: done.reduce((sum, { moved }) => sum + moved, 0) };
}

const LONGEST_STEPS = 200_000;

/** One run of the whole system: clients live, the weather calms, what is under way ends, old messages come once more. */
export async function runSeed(seed: number, mutant?: Mutant): Promise<SeedResult> {
  // Whoever asks may be in the middle of a task, where ticks come before promises: from here on they never do.
  await Promise.resolve();
  const world = new World(seed, mutant);
  const fleet = new Fleet(world);
  const clients = new Clients(world, fleet);
  let over = false;
  fleet.activeUntil(world.time.now() + 30_000);
  void clients.live().then(() => {
    over = true;
  });
  const tooLong = (): boolean => world.time.steps > LONGEST_STEPS;
  await world.time.run(() => over || tooLong());
  world.calm = true;
  await world.time.run(tooLong);

  const before = world.writes.length;
  const mailsBefore = world.mails.length;
  world.expire();
  await world.redrive(3);
  await world.time.run(tooLong);
  const writesAfterRedrive = world.writes.slice(before).filter(({ table }) => table !== "operations");
  const mailsAfterRedrive = world.mails.length - mailsBefore;
  const verified = world.isAudited ? await verifiedLog(world) : undefined;
  const evidence = { world, clients, writesAfterRedrive, mailsAfterRedrive, verified };
  const violations = invariants.flatMap(({ name, violations: found }) =>
    found(evidence).map((what) => `${name}: ${what}`),
  );
  if (tooLong()) violations.push(`a run ends: still going after ${LONGEST_STEPS} steps`);
  return {
    seed,
    violations,
    traceHash: world.traceHash(),
    steps: world.time.steps,
    crashes: world.crashes,
    thefts: clients.heard.filter(({ what }) => what === "theft").length,
    revoked: world.writes.filter(({ key }) => key.sk.startsWith("entry#")).length,
    mails: world.mails.length,
    signedInByMail: clients.heard.filter(({ what, answer }) => what === "proof" && answer.kind === "done").length,
    pulls: world.writes.filter(({ key }) => key.sk.startsWith("pull#")).length,
    ...mergesOf(evidence),
    ...endings(evidence),
    byPassword: doneBy(evidence, "password").length,
    secondFactors: doneBy(evidence, "second-factor", "step-up").length,
    passwordsSet: passwordsSet(evidence).length,
    audited: world.writes.filter(({ table, key }) => table === "audit" && isRow(key)).length,
    sealed: verified?.rows ?? 0,
  };
}

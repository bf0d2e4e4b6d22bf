import { randomInt } from "node:crypto";
import type { Benchmark, BenchmarkContext, Finding, Findings, LatencySeries } from "../benchmark.ts";
import { latencyOf, median, sorted } from "../measure/statistics.ts";
import { startHttpLoad } from "../process/http-load.ts";
import { comparedTries, shuffled, type Try } from "./compared-tries.ts";
import { makeAccounts } from "./make-accounts.ts";
import { askForMail } from "./sign-in-by-mail.ts";

type Kind = "known" | "unknown";
const kinds: readonly Kind[] = ["known", "unknown"];

/** At each kind of address. */
const tries = 300;
/** At each kind, not counted. */
const triesToWarmUp = 100;
const addresses = 20;
/** After each: time enough, on a quiet machine, to send the mail. */
const pauseMs = 50;
const parts = 5;
const boundPercent = 5;

const nameOf = (kind: Kind): string => `POST /auth/magic-link, ${kind} address`;
/** As long for one kind as for the other. */
const addressOf = (kind: Kind, index: number): string =>
  `${kind === "known" ? "somebody" : "nobodyat"}-${String(index).padStart(2, "0")}@example.com`;

export const knownAddress: Benchmark = {
  name: "known-address",
  what: `whether the time of POST /auth/magic-link tells known addresses from unknown ones, ${tries} tries each`,
  run: measureKnownAddress,
};

/**
 * All tries in one random order, on one connection, one after the other: what one leaves behind meets either kind of next
 * one alike. Only when an answer comes counts; mails are sent behind it, in a pause, which makes small differences show.
 */
async function measureKnownAddress({ stack, progress }: BenchmarkContext): Promise<Findings> {
  const port = Number(new URL((await stack()).baseUrl).port);
  const load = startHttpLoad();
  try {
    // Known is what has signed in.
    await makeAccounts(
      port,
      Array.from({ length: addresses }, (_, index) => addressOf("known", index)),
    );
    const measure = async (count: number): Promise<readonly Try<Kind>[]> => {
      const order = shuffled(
        kinds.flatMap((kind) => Array.from({ length: count }, (_, index) => ({ kind, index }))),
        randomInt,
      );
      const requests = order.map(({ kind, index }) => askForMail(addressOf(kind, index % addresses), "link"));
      const { answers } = await load.each({ port, requests, connections: 1, pauseMs, expectedStatus: 202 });
      // A mail behind all the others: when it is there, nothing of this is under way any more.
      await makeAccounts(port, [`behind-${count}@example.com`]);
      return answers.map(({ ms }, index) => ({ kind: order[index]?.kind ?? "known", ms }));
    };
    progress("warm-up");
    // Every address is asked for in it: none of those that count is the first of its address.
    await measure(triesToWarmUp);
    progress(`${tries} tries each`);
    return findingsFrom(await measure(tries));
  } finally {
    await load.stop();
  }
}

function findingsFrom(all: readonly Try<Kind>[]): Findings {
  const series = (kind: Kind): LatencySeries => ({
    name: nameOf(kind),
    sortedMs: sorted(all.filter((each) => each.kind === kind).map(({ ms }) => ms)),
  });
  const finding = ({ name, sortedMs }: LatencySeries): Finding => ({
    what: name,
    figure: { value: median(sortedMs), unit: "ms" },
    latencyMs: latencyOf(sortedMs),
  });
  const known = series("known");
  const unknown = series("unknown");
  const compared = comparedTries(all, { own: "known", other: "unknown", parts });
  return {
    findings: [finding(unknown), { ...finding(known), speed: { ...compared, of: unknown.name } }],
    targets: [
      {
        what: "POST /auth/magic-link for a known and an unknown address: medians apart",
        value: Math.abs(compared.ratio - 1) * 100,
        below: boundPercent,
        unit: "%",
      },
    ],
    latencies: [known, unknown],
  };
}

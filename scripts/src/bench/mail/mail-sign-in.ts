import type { Benchmark, BenchmarkContext, Finding, Findings, LatencySeries, Target } from "../benchmark.ts";
import { latencyOf, sorted } from "../measure/statistics.ts";
import { HttpConnection } from "../process/http-connection.ts";
import { requestText } from "../process/request-text.ts";
import { type MailAnswer, type SignedIn, signInByMail } from "./sign-in-by-mail.ts";

const tries = 30;
/** Not counted. */
const triesToWarmUp = 3;
const boundMs = 2000;

export const mailSignIn: Benchmark = {
  name: "mail-sign-in",
  what: `a whole sign-in of a new address by mail, ${tries} times in turn by link and by code`,
  run: measureMailSignIn,
};

/** Link and code take turns, so that whatever else the machine does meets both alike. */
async function measureMailSignIn({ stack, progress }: BenchmarkContext): Promise<Findings> {
  const port = Number(new URL((await stack()).baseUrl).port);
  const connection = new HttpConnection(port);
  const did: Record<MailAnswer, SignedIn[]> = { link: [], code: [] };
  try {
    for (let index = 0; index < triesToWarmUp + tries; index++) {
      for (const answer of ["link", "code"] as const) {
        const email = `new-${answer}-${index}@example.com`;
        const signedIn = await signInByMail((request) => connection.send(requestText(port, request)), email, answer);
        if (index >= triesToWarmUp) did[answer].push(signedIn);
      }
    }
  } finally {
    connection.close();
  }
  progress(`${tries} times by link, ${tries} times by code`);
  const latencies = [
    series("asked for a link until the mail is there", did.link, "mailedMs"),
    series("asked for a link until signed in by it", did.link, "signedInMs"),
    series("asked for a code until the mail is there", did.code, "mailedMs"),
    series("asked for a code until signed in by it", did.code, "signedInMs"),
  ];
  return {
    findings: latencies.map(findingOf),
    targets: [targetOf("link", did.link), targetOf("code", did.code)],
    latencies,
  };
}

const series = (name: string, all: readonly SignedIn[], of: "mailedMs" | "signedInMs"): LatencySeries => ({
  name,
  sortedMs: sorted(all.map((each) => each[of])),
});

function findingOf({ name, sortedMs }: LatencySeries): Finding {
  const latencyMs = latencyOf(sortedMs);
  return { what: name, figure: { value: latencyMs.p50, unit: "ms" }, latencyMs };
}

const targetOf = (answer: MailAnswer, all: readonly SignedIn[]): Target => ({
  what: `a sign-in by mailed ${answer}, mail included: longest of ${tries}`,
  value: Math.max(...all.map(({ signedInMs }) => signedInMs)),
  below: boundMs,
  unit: "ms",
});

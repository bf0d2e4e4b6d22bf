import { setTimeout } from "node:timers/promises";
import { httpSchemas, routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { signInByMail } from "../mail/sign-in-by-mail.ts";
import { findingsOf, inRounds, type Sample, type Variant } from "../measure/rounds.ts";
import { type HttpAnswer, HttpConnection } from "../process/http-connection.ts";
import { type HttpRequest, requestText } from "../process/request-text.ts";
import { startItemWrites } from "./item-writes.ts";

/** No more than the shipped limit of the kind takes. */
const items = 400;
/** As many as a step of a merge moves at the same time. */
const atOnce = 8;
/** How often a merge is looked at: this much, at most, is the measurement's own. */
const lookAgainMs = 10;

const rawName = `conditional writes by the SDK alone, ${atOnce} at once`;
const mergeName = `POST /auth/merge, ${items} items: each is frozen, copied into a slot and buried`;

export const mergeVisitor: Benchmark = {
  name: "merge",
  what: `a visitor's ${items} items become an account's, against raw conditional writes on the same emulator`,
  run: measureMerge,
};

async function measureMerge({ stack, rounds, progress }: BenchmarkContext): Promise<Findings> {
  const { baseUrl, env } = await stack();
  const port = Number(new URL(baseUrl).port);
  const connection = new HttpConnection(port);
  const send = (request: HttpRequest): Promise<HttpAnswer> => connection.send(requestText(port, request));
  const writes = startItemWrites(env);
  let merges = 0;
  const merge = async (): Promise<Sample> => {
    merges += 1;
    // Made before: what it costs is another benchmark's.
    const account = await signInByMail(send, `merge-${merges}@example.com`, "link");
    const anonymous = await send({ method: "POST", path: routes.createAnonymousSession.path });
    const { user, tokens } = httpSchemas.authResult.parse(JSON.parse(anonymous.body));
    await writes.ask({ kind: "seed", userId: user.id, count: items });
    const seconds = await mergeOf(send, account.accessToken, tokens.accessToken);
    return { perSecond: items / seconds };
  };
  const raw = async (): Promise<Sample> => ({
    perSecond: items / (await writes.ask({ kind: "raw", count: items, atOnce })),
  });
  const variants: readonly Variant[] = [
    { name: rawName, measure: raw },
    { name: mergeName, measure: merge, comparedWith: rawName },
  ];
  try {
    const samples = await inRounds(variants, { rounds, progress });
    const [rawFinding, mergeFinding] = findingsOf(variants, samples, { unit: "items/s" });
    return {
      findings: [rawFinding, mergeFinding]
        .filter((finding) => finding !== undefined)
        .map((finding) =>
          finding === rawFinding ? { ...finding, figure: { ...finding.figure, unit: "writes/s" } } : finding,
        ),
    };
  } finally {
    connection.close();
    await writes.stop();
  }
}

/** From asking until everything is the account's: seconds. */
async function mergeOf(
  send: (request: HttpRequest) => Promise<HttpAnswer>,
  accountToken: string,
  visitorToken: string,
): Promise<number> {
  const headers = [`Authorization: Bearer ${accountToken}`];
  const startedAt = performance.now();
  const asked = await send({
    method: "POST",
    path: routes.mergeVisitor.path,
    headers: [...headers, "Prefer: respond-async"],
    body: JSON.stringify({ anonymous: { accessToken: visitorToken } }),
  });
  if (asked.status !== 202) throw new Error(`a merge answered ${asked.status}: ${asked.body}`);
  const { operationId } = httpSchemas.pendingOperation.parse(JSON.parse(asked.body));
  for (;;) {
    const path = routes.readOperation.path.replace("{operationId}", operationId);
    const { status, body } = await send({ method: "GET", path, headers });
    if (status === 200) {
      const seconds = (performance.now() - startedAt) / 1000;
      const { moved } = httpSchemas.mergeResult.parse(httpSchemas.finishedOperation.parse(JSON.parse(body)).result);
      if (moved !== items) throw new Error(`${moved} of ${items} items have moved`);
      return seconds;
    }
    await setTimeout(lookAgainMs);
  }
}

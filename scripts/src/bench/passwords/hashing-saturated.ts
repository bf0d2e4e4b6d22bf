import { setTimeout } from "node:timers/promises";
import { routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { latencyOf, median, sorted } from "../measure/statistics.ts";
import { HttpConnection } from "../process/http-connection.ts";
import { requestText } from "../process/request-text.ts";

const readers = 20;
const readEveryMs = 200;
/** As many passwords wait at any time: the hash queue is never empty. */
const guessers = 4;
const boundRatio = 2;
/** In the first thousand requests Node runs code that it has not compiled, at several times what it takes later. */
const warmUps = 4;
const idle = "GET /auth/session, nobody signs in";
const saturated = `GET /auth/session, ${guessers} passwords wait to be hashed at any time`;
const unhashed = "GET /auth/session, as many sign in as visitors: nothing is hashed";

export const hashingSaturated: Benchmark = {
  name: "hashing-saturated",
  what: `how much longer ${readers} signed-in users wait for a read while passwords are hashed without a pause`,
  run: measureHashing,
};

/**
 * Rounds of each kind in turns, after some to warm up. Every password is for an address of its own, so that none is refused
 * unhashed; none of the addresses has an account, which costs the same. As many flows that hash nothing show what is
 * hashing's share.
 */
async function measureHashing({ stack, seconds, rounds, progress }: BenchmarkContext): Promise<Findings> {
  const port = Number(new URL((await stack()).baseUrl).port);
  const connections = Array.from({ length: readers }, () => new HttpConnection(port));
  try {
    const reads = await Promise.all(connections.map((connection) => readerOn(connection, port)));
    const waits: Record<"idle" | "saturated" | "unhashed", number[]> = { idle: [], saturated: [], unhashed: [] };
    const hashesPerSecond: number[] = [];
    let guessed = 0;
    for (let round = 1 - warmUps; round <= rounds; round += 1) {
      const quiet = await readFor(reads, seconds);
      const hashing = await during(
        port,
        guessers,
        () => guessRequest(port, guessed++),
        401,
        () => readFor(reads, seconds),
      );
      const perSecond = hashing.answered / hashing.seconds;
      const pauseMs = (1000 * guessers) / perSecond;
      const signingIn = await during(
        port,
        guessers,
        () => visitorRequest(port),
        201,
        () => readFor(reads, seconds),
        pauseMs,
      );
      progress(`${round <= 0 ? "warm-up" : `round ${round}/${rounds}`}  ${Math.round(perSecond)} hashes/s`);
      if (round <= 0) continue;
      waits.idle.push(...quiet);
      waits.saturated.push(...hashing.result);
      waits.unhashed.push(...signingIn.result);
      hashesPerSecond.push(perSecond);
    }
    return findingsFrom(
      { idle: sorted(waits.idle), saturated: sorted(waits.saturated), unhashed: sorted(waits.unhashed) },
      median(hashesPerSecond),
    );
  } finally {
    for (const connection of connections) connection.close();
  }
}

const guessRequest = (port: number, number: number): string =>
  requestText(port, {
    method: "POST",
    path: routes.signInByPassword.path,
    body: JSON.stringify({ email: `nobody-${number}@example.com`, password: "not anybody's password" }),
  });

const visitorRequest = (port: number): string =>
  requestText(port, { method: "POST", path: routes.createAnonymousSession.path });

/**
 * Does something while clients ask without a pause, or one each `everyMs`. Each has a connection of its own, which is not kept
 * over the rounds: the gateway ends those that are not used.
 */
async function during<T>(
  port: number,
  clients: number,
  request: () => string,
  expected: number,
  something: () => Promise<T>,
  everyMs = 0,
): Promise<{ readonly result: T; readonly answered: number; readonly seconds: number }> {
  const connections = Array.from({ length: clients }, () => new HttpConnection(port));
  let goesOn = true;
  let answered = 0;
  const asking = connections.map(async (connection) => {
    for (let due = performance.now(); goesOn; due += everyMs) {
      const answer = await connection.send(request());
      if (answer.status !== expected) throw new Error(`answered ${answer.status}: ${answer.body}`);
      answered += 1;
      await setTimeout(Math.max(0, due + everyMs - performance.now()));
    }
  });
  try {
    // The queue fills before anything counts.
    await setTimeout(500);
    const [before, begunAt] = [answered, performance.now()];
    const result = await something();
    return { result, answered: answered - before, seconds: (performance.now() - begunAt) / 1000 };
  } finally {
    goesOn = false;
    await Promise.allSettled(asking);
    for (const connection of connections) connection.close();
    await Promise.all(asking);
  }
}

/** Reads come when their time comes, answered or not the one before: who waits is not let off waiting with the next. */
async function readFor(reads: readonly (() => Promise<void>)[], seconds: number): Promise<readonly number[]> {
  const waitsMs: number[] = [];
  const turns = Math.max(1, Math.round((seconds * 1000) / readEveryMs));
  await Promise.all(
    reads.map(async (read, index) => {
      await setTimeout((index * readEveryMs) / reads.length);
      let due = performance.now();
      for (let turn = 0; turn < turns; turn += 1, due += readEveryMs) {
        await setTimeout(Math.max(0, due - performance.now()));
        await read();
        waitsMs.push(performance.now() - due);
      }
    }),
  );
  return waitsMs;
}

function findingsFrom(
  sortedMs: Readonly<Record<"idle" | "saturated" | "unhashed", readonly number[]>>,
  hashesPerSecond: number,
): Findings {
  const [quiet, busy, other] = [latencyOf(sortedMs.idle), latencyOf(sortedMs.saturated), latencyOf(sortedMs.unhashed)];
  const comparedWithIdle = ({ p99 }: typeof busy) => {
    const ratio = quiet.p99 / p99;
    return { ratio, lowest: ratio, highest: ratio, of: idle };
  };
  return {
    findings: [
      { what: idle, figure: { value: quiet.p99, unit: "ms" }, latencyMs: quiet },
      { what: unhashed, figure: { value: other.p99, unit: "ms" }, speed: comparedWithIdle(other), latencyMs: other },
      { what: saturated, figure: { value: busy.p99, unit: "ms" }, speed: comparedWithIdle(busy), latencyMs: busy },
      { what: "POST /auth/password/login meanwhile", figure: { value: hashesPerSecond, unit: "flows/s" } },
    ],
    targets: [
      {
        what: "GET /auth/session while passwords are hashed: p99, compared with nobody signing in",
        value: busy.p99 / quiet.p99,
        below: boundRatio,
        unit: "×",
      },
    ],
    latencies: [
      { name: idle, sortedMs: sortedMs.idle },
      { name: unhashed, sortedMs: sortedMs.unhashed },
      { name: saturated, sortedMs: sortedMs.saturated },
    ],
  };
}

async function readerOn(connection: HttpConnection, port: number): Promise<() => Promise<void>> {
  const { status, body } = await connection.send(
    requestText(port, { method: "POST", path: routes.createAnonymousSession.path }),
  );
  if (status !== 201) throw new Error(`${routes.createAnonymousSession.path} answered ${status}: ${body}`);
  const { tokens } = JSON.parse(body) as { readonly tokens: { readonly accessToken: string } };
  const headers = [`Authorization: Bearer ${tokens.accessToken}`];
  const request = requestText(port, { method: "GET", path: routes.readSession.path, headers });
  return async () => {
    const answer = await connection.send(request);
    if (answer.status !== 200) throw new Error(`a read was answered ${answer.status}: ${answer.body}`);
  };
}

import { setTimeout } from "node:timers/promises";
import { routes } from "@lanyard/contracts";
import type { Benchmark, BenchmarkContext, Findings } from "../benchmark.ts";
import { latencyOf, sorted } from "../measure/statistics.ts";
import { HttpConnection } from "../process/http-connection.ts";
import { requestText } from "../process/request-text.ts";

const users = 100;
const everyMs = 1000;
const seconds = 20;
const boundMs = 150;
/** Each user asks for these in turn. */
const paths = [routes.readSession.path, routes.readMe.path, routes.listSessions.path];
const name = `GET ${paths.map((path) => path.replace("/api/v2", "")).join(", ")}: ${users} users, each one a second`;

export const reads: Benchmark = {
  name: "reads",
  what: `${users} signed-in users, each of whom reads something once a second`,
  run: measureReads,
};

/** Reads come when their time comes, answered or not the one before: who waits is not let off waiting with the next. */
async function measureReads(context: BenchmarkContext): Promise<Findings> {
  const port = Number(new URL((await context.stack()).baseUrl).port);
  const connections = Array.from({ length: users }, () => new HttpConnection(port));
  try {
    const readers = await Promise.all(connections.map(async (connection) => reader(connection, port)));
    const latenciesMs: number[] = [];
    await Promise.all(
      readers.map(async (read, user) => {
        await setTimeout((user * everyMs) / users);
        let due = performance.now();
        for (let turn = 0; turn < seconds; turn += 1, due += everyMs) {
          await setTimeout(Math.max(0, due - performance.now()));
          await read(turn);
          latenciesMs.push(performance.now() - due);
        }
      }),
    );
    const sortedMs = sorted(latenciesMs);
    const latencyMs = latencyOf(sortedMs);
    return {
      findings: [{ what: name, figure: { value: latencyMs.p50, unit: "ms" }, latencyMs }],
      targets: [
        { what: "reads of 100 users, one a second each: p95", value: latencyMs.p95, below: boundMs, unit: "ms" },
      ],
      latencies: [{ name: "reads", sortedMs }],
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function reader(connection: HttpConnection, port: number): Promise<(turn: number) => Promise<void>> {
  const { status, body } = await connection.send(
    requestText(port, { method: "POST", path: routes.createAnonymousSession.path }),
  );
  if (status !== 201) throw new Error(`${routes.createAnonymousSession.path} answered ${status}: ${body}`);
  const { tokens } = JSON.parse(body) as { readonly tokens: { readonly accessToken: string } };
  const headers = [`Authorization: Bearer ${tokens.accessToken}`];
  const requests = paths.map((path) => requestText(port, { method: "GET", path, headers }));
  return async (turn) => {
    const answer = await connection.send(requests[turn % requests.length] ?? "");
    if (answer.status !== 200) throw new Error(`a read was answered ${answer.status}: ${answer.body}`);
  };
}

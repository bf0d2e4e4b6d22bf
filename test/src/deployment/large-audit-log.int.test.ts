import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { sealDueHours, sealStore, securityEventStore } from "@lanyard/audit-service";
import { createDynamoClient } from "@lanyard/aws";
import { auditHourOf, auditHourStart, auditSealBeginItem, events, typeAndDayOf } from "@lanyard/contracts";
import { silentLog } from "@lanyard/messaging";
import { type Stack, startStack } from "@lanyard/scripts/stack";
import { auditMarks, derivation, parseKeyring } from "@lanyard/secrets";
import { dynamoItemStore, typedItems } from "@lanyard/storage";

const ROWS = Number(process.env["LANYARD_AUDIT_ROWS"] ?? 600);
const HOURS = 24;
const AT_ONCE = 32;
/** What every process may keep alive, the gateway and the command line too: hardly more than they need at rest. */
const HEAP_MB = 80;
const NODE_OPTIONS = `--max-old-space-size=${HEAP_MB}`;
const script = join(import.meta.dirname, "../../../scripts/src/lanyard.ts");

let stack: Stack;
beforeAll(async () => {
  const ofTheCloud = Object.entries(process.env).filter(([name]) => name.startsWith("AWS_"));
  stack = await startStack({
    dataDir: "memory",
    prefix: `large-log-${randomUUID().slice(0, 8)}`,
    mode: "development",
    env: { ...Object.fromEntries(ofTheCloud), NODE_OPTIONS },
    log: () => undefined,
    superviseRestarts: false,
  });
}, 60_000);
afterAll(() => stack.stop());

/** Rows of a day that is over, as audit workers write and seal them; half of them in one hour. */
async function filled(): Promise<void> {
  const { env } = stack;
  const dynamo = createDynamoClient({
    region: env["AWS_REGION"] ?? "",
    endpoint: env["AWS_ENDPOINT_URL_DYNAMODB"] ?? "",
  });
  const table = dynamoItemStore({ client: dynamo, tableName: `${env["LANYARD_PREFIX"]}-audit` });
  const marks = auditMarks(derivation(parseKeyring(env["LANYARD_DERIVATION_KEYS"] ?? "")));
  const first = auditHourStart(auditHourOf(Date.now()), -HOURS - 2);
  const write = async (index: number): Promise<void> => {
    const at = index % 2 === 0 ? first + index : first + ((index % HOURS) + 1) * 3600_000 + index;
    const userId = randomUUID();
    const { type } = events.sessionOpened;
    await securityEventStore(table, { marks, now: () => at }).keep({
      ...{ eventId: randomUUID(), type, at: new Date(at).toISOString(), outcome: "succeeded", userId },
      operationId: `op_${"0".repeat(32)}${"A".repeat(22)}`,
      ip: "203.0.113.7",
      userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      data: { userId, userKind: "account", sessionId: randomUUID(), method: "magic_link" },
      traceId: "a".repeat(32),
      typeAndDay: typeAndDayOf(type, new Date(at).toISOString().slice(0, 10)),
    });
  };
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < ROWS) await write(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writer));
  // This stack began to seal just now; and does so every minute from what stands then.
  const begins = typedItems(table, auditSealBeginItem);
  const begun = await begins.load();
  if (begun !== undefined) await begins.remove(begun);
  const hour = auditHourOf(first);
  const begin = { hour, mac: marks.markOf("begin", auditSealBeginItem.key(), { hour }) };
  await begins.putIfAbsent(begin, [], { writtenBy: "before" });
  await sealDueHours({ seals: sealStore(table, marks), now: Date.now, log: silentLog }, undefined);
  dynamo.destroy();
}

/** The memory of a process at this moment; 0: it is gone, or this system tells nobody. */
function residentMb(pid: number | undefined): number {
  const path = `/proc/${pid}/status`;
  const [, kb = 0] = existsSync(path) ? (/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(path, "utf8")) ?? []) : [];
  return Number(kb) / 1024;
}

it(
  "verifies a log of any size in pages: gateway and command line need no more memory for it",
  async () => {
    const filling = performance.now();
    await filled();
    const filledMs = performance.now() - filling;
    const gateway = stack.services.find(({ name }) => name === "gateway")?.pid;
    const running = promisify(execFile)(
      process.execPath,
      [script, "audit", "verify", "--json", "--base-url", stack.baseUrl],
      { env: { ...process.env, NODE_OPTIONS, LANYARD_OPS_KEY: stack.env["LANYARD_OPS_KEY"] } },
    );
    const most = { gateway: 0, commandLine: 0 };
    const looking = setInterval(() => {
      most.gateway = Math.max(most.gateway, residentMb(gateway));
      most.commandLine = Math.max(most.commandLine, residentMb(running.child.pid));
    }, 100);
    const begun = performance.now();
    const { stdout } = await running.finally(() => clearInterval(looking));
    const ms = performance.now() - begun;

    const end = JSON.parse(stdout) as { readonly looked: number };
    expect(end).toMatchObject({ rows: ROWS, late: 0, unmarked: 0, findings: [] });
    expect(end.looked).toBeGreaterThanOrEqual(ROWS);
    // Whoever keeps what it has read has died by then.
    expect(stack.services.find(({ name }) => name === "gateway")).toMatchObject({ pid: gateway, state: "ready" });
    const took = `${(ms / 1000).toFixed(1)} s, ${(ms / ROWS).toFixed(2)} ms for each`;
    const memory = `gateway ${Math.round(most.gateway)} MB, command line ${Math.round(most.commandLine)} MB at most`;
    process.stdout.write(
      `  ${ROWS} rows written in ${(filledMs / 1000).toFixed(1)} s, verified in ${took}; ${memory}\n`,
    );
  },
  30_000 + ROWS * 20,
);

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { type Auditor, startAuditor } from "../support/audit.ts";
import { type DiskStack, startDiskStack } from "../support/disk-stack.ts";
import { answerOf, type HttpAnswer, openCall } from "../support/http-call.ts";
import { type Load, type SignedIn, signInOnce, startLoad, type Told } from "../support/load.ts";

const DEADLINE_MS = 3000;
const TOO_LONG_MS = DEADLINE_MS + 2000;

let system: DiskStack;
let auditor: Auditor;
let visitor: SignedIn | undefined;
let load: Load;
const everyTold: Told[] = [];

beforeAll(async () => {
  system = await startDiskStack({ gateways: 2, env: { LANYARD_REQUEST_DEADLINE_MS: String(DEADLINE_MS) } });
  auditor = await startAuditor(system.stack.env);
  const first = await signInOnce(system.stack.baseUrl);
  visitor = first.signedIn;
  everyTold.push(first);
});
afterAll(async () => {
  await load?.stop();
  auditor?.close();
  await system?.destroy();
});

type Part = "queues" | "tables";

describe.each<{ name: string; parts: Part[]; atLeastMs: number; refused: number; missing: Record<string, string[]> }>([
  {
    name: "the whole cloud",
    parts: ["queues", "tables"],
    atLeastMs: 10_000,
    refused: 50,
    missing: { gateway: ["inbox"], ...pausedWorkers("token", "identity", "session") },
  },
  { name: "nothing but the tables", parts: ["tables"], atLeastMs: 0, refused: 0, missing: pausedWorkers("identity") },
  {
    name: "nothing but the queues",
    parts: ["queues"],
    atLeastMs: 0,
    refused: 50,
    missing: { gateway: ["inbox"], ...pausedWorkers("token", "identity", "session") },
  },
])("while $name is gone, under load", ({ parts, atLeastMs, refused, missing }) => {
  let during: readonly Told[];
  const pidsBefore: (number | undefined)[] = [];

  beforeAll(async () => {
    pidsBefore.push(...pids());
    load = startLoad({ baseUrls: system.stack.baseUrls });
    await eventually("some are signed in", () => load.answered.length >= 50);
  });

  it("services say what is missing", async () => {
    kill(parts);
    const stoppedAt = Date.now();
    const since = (): readonly Told[] => load.answered.filter(({ askedAt }) => askedAt > stoppedAt);
    await eventually(`every service that needs it is unready for it: ${JSON.stringify(missing)}`, async () => {
      const answers = await Promise.all(
        system.stack.services.map(async (each) => [each.name, await readiness(each.url)] as const),
      );
      return answers.every(([name, { status, body }]) => {
        const lacking = missing[name] ?? [];
        return (
          status === (lacking.length === 0 ? 200 : 503) &&
          String((body as { missing: string[] }).missing) === String(lacking)
        );
      });
    });
    await eventually(
      "it was gone for long enough, and many were told",
      () => Date.now() - stoppedAt >= atLeastMs && refusals(since()).length >= refused && since().length >= 20,
      { timeoutMs: 60_000 },
    );
    expect(await session()).toBe(parts.includes("tables") ? 503 : 200);
    await system.stack.cloud?.restart();
    during = since();
  });

  it("a command is refused with a time to come back, or accepted for later, and nobody is kept waiting", () => {
    for (const { status, answer } of during) {
      if (status === 503) {
        expect(answer?.body).toMatchObject({ code: "service_unavailable" });
        expect(answer?.headers).toMatchObject({
          "content-type": "application/problem+json",
          "retry-after": expect.stringMatching(/^[1-9]\d*$/),
        });
      } else expect(status).toBe(202);
    }
    if (!parts.includes("queues")) expect(refusals(during)).toEqual([]);
  });

  it("and all is well by itself when it is back: what was accepted ends once, as was told, with the processes there were", async () => {
    await eventually("every service is ready", async () => {
      const answers = await Promise.all(system.stack.services.map(({ url }) => readiness(url)));
      return answers.every(({ status }) => status === 200);
    });
    const backAt = Date.now();
    await eventually(
      "visitors sign in again",
      () => load.answered.filter(({ askedAt, status }) => askedAt > backAt && status === 201).length >= 50,
    );
    await load.stop();
    everyTold.push(...load.told);

    const slowest = Math.max(...load.answered.map(({ tookMs }) => tookMs));
    expect(slowest).toBeLessThan(TOO_LONG_MS);
    const statuses = new Set(load.answered.map(({ status }) => status));
    expect([...statuses].filter((status) => ![201, 202, 503].includes(Number(status)))).toEqual([]);
    expect(await session()).toBe(200);
    expect(await auditor.faults(everyTold)).toEqual([]);
    expect(pids()).toEqual(pidsBefore);
  });
});

function kill(parts: readonly Part[]): void {
  for (const part of parts) process.kill(system.stack.cloud?.pids[part] ?? Number.NaN, "SIGKILL");
}

function pausedWorkers(...names: string[]): Record<string, string[]> {
  return Object.fromEntries(names.map((name) => [name, [`queue ${name}: paused`]]));
}

const refusals = (told: readonly Told[]): readonly Told[] => told.filter(({ status }) => status === 503);
const pids = (): (number | undefined)[] => system.stack.services.map(({ pid }) => pid);

async function readiness(url: string | undefined): Promise<HttpAnswer> {
  return answerOf(await openCall(url ?? "", "GET", "/readyz", {}));
}

/** How the session that was opened before anything went wrong is answered. */
async function session(): Promise<number> {
  const headers = { authorization: `Bearer ${visitor?.tokens.accessToken}` };
  return (await answerOf(await openCall(system.stack.baseUrl, "GET", "/api/v2/auth/session", { headers }))).status;
}

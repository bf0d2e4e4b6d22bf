import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  type EventConsumerName,
  followedQueueNames,
  followedQueues,
  queues,
  type WorkerName,
} from "@lanyard/contracts";
import { eventually } from "@lanyard/messaging/testing";
import { type Auditor, startAuditor } from "../support/audit.ts";
import { type DiskStack, startDiskStack } from "../support/disk-stack.ts";
import { answerOf, openCall } from "../support/http-call.ts";
import { followed, type SignedIn, signInOnce, startLoad, type Told } from "../support/load.ts";

const DEADLINE_MS = 2000;
const TOO_LONG_MS = DEADLINE_MS + 2000;

let system: DiskStack;
let auditor: Auditor;
let visitor: SignedIn | undefined;
const everyTold: Told[] = [];

beforeAll(async () => {
  system = await startDiskStack({ gateways: 2, env: { LANYARD_REQUEST_DEADLINE_MS: String(DEADLINE_MS) } });
  auditor = await startAuditor(system.stack.env);
  const first = await signInOnce(system.stack.baseUrl);
  visitor = first.signedIn;
  everyTold.push(first);
});
afterAll(async () => {
  auditor?.close();
  await system?.destroy();
});

type Part = "queues" | "tables";

const scenarios: readonly {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly atLeastMs: number;
  /** What each service must say that it lacks; one that is not named may lack what it has tried to use. */
  readonly missing: Readonly<Record<string, readonly string[]>>;
  readonly command: readonly number[];
  readonly read: number;
}[] = [
  {
    name: "the whole cloud",
    parts: ["queues", "tables"],
    atLeastMs: 10_000,
    missing: { gateway: ["inbox"], ...pausedWorkers("token", "identity", "session", "merge", "notification", "audit") },
    command: [503],
    read: 503,
  },
  {
    name: "nothing but the tables",
    parts: ["tables"],
    atLeastMs: 0,
    missing: { gateway: [] },
    // Who cannot count lets nobody sign in.
    command: [503],
    read: 503,
  },
  {
    name: "nothing but the queues",
    parts: ["queues"],
    atLeastMs: 0,
    missing: { gateway: ["inbox"], ...pausedWorkers("token", "identity", "session", "merge", "notification", "audit") },
    command: [503],
    read: 200,
  },
];

describe.each(scenarios)(
  "when $name is gone for a while, under load",
  ({ parts, atLeastMs, missing, command, read }) => {
    it("services say so, nobody is kept waiting, and what was accepted ends once, as was told", async () => {
      const pidsBefore = pids();
      const load = startLoad({ baseUrls: system.stack.baseUrls });
      try {
        await eventually("visitors sign in", () => load.answered.length >= 50);

        kill(parts);
        const goneAt = Date.now();
        await eventually(`services lack ${JSON.stringify(missing)}`, async () =>
          (await lacking()).every(([name, lacks]) => sameNames(missing[name] ?? lacks, lacks)),
        );
        // Beside the load, whose visitors may all be waiting for what they were promised.
        const during = await Promise.all(
          Array.from({ length: 30 }, (_, index) => signInOnce(gatewayOf(index), index % 2 === 0)),
        );
        await eventually("it was gone for long enough", () => Date.now() - goneAt >= atLeastMs);
        expect(await session()).toBe(read);

        await system.stack.cloud?.restart();
        await eventually("every service is ready", async () =>
          (await lacking()).every(([, lacks]) => lacks.length === 0),
        );
        const backAt = Date.now();
        const backAgain = () => load.answered.filter(({ askedAt, status }) => askedAt > backAt && status === 201);
        await eventually("visitors sign in again", () => backAgain().length >= 50);
        await load.stop();
        const ended = during.map(async (told) => ({
          ...told,
          ...(told.status === 202 ? await followed(gatewayOf, told) : {}),
        }));
        everyTold.push(...load.told, ...(await Promise.all(ended)));

        expect(statusesOf(during)).toEqual(command);
        expect(statusesOf(load.answered).filter((status) => ![201, 202, 503].includes(Number(status)))).toEqual([]);
        const answered = [...load.answered, ...during];
        for (const { answer } of answered.filter(({ status }) => status === 503)) {
          expect(answer?.body).toMatchObject({ code: "service_unavailable" });
          expect(answer?.headers).toMatchObject({
            "content-type": "application/problem+json",
            "retry-after": expect.stringMatching(/^[1-9]\d*$/),
          });
        }
        expect(Math.max(...answered.map(({ tookMs }) => tookMs))).toBeLessThan(TOO_LONG_MS);
        expect(await session()).toBe(200);
        expect(await auditor.faults(everyTold)).toEqual([]);
        expect(pids()).toEqual(pidsBefore);
      } finally {
        load.abandon();
        await system.stack.cloud?.restart();
      }
    }, 120_000);
  },
);

function kill(parts: readonly Part[]): void {
  for (const part of parts) process.kill(system.stack.cloud?.pids[part] ?? Number.NaN, "SIGKILL");
}

function pausedWorkers(...names: (WorkerName | EventConsumerName)[]): Record<string, string[]> {
  const queuesOf = (name: string): readonly string[] =>
    queues.filter(
      (each) =>
        each === name ||
        each.startsWith(`${name}-`) ||
        followedQueueNames.some((queue) => queue === each && followedQueues[queue].worker === name),
    );
  return Object.fromEntries(names.map((name) => [name, queuesOf(name).map((queue) => `queue ${queue}: paused`)]));
}

const gatewayOf = (index = 0): string => system.stack.baseUrls[index % 2] ?? "";

const pids = (): (number | undefined)[] => system.stack.services.map(({ pid }) => pid);

const statusesOf = (told: readonly Told[]): Told["status"][] => [...new Set(told.map(({ status }) => status))].sort();

const sameNames = (one: readonly string[], other: readonly string[]): boolean => String(one) === String(other);

/** What each service says that it lacks, by its name. */
function lacking(): Promise<(readonly [string, readonly string[]])[]> {
  return Promise.all(
    system.stack.services.map(async ({ name, url }) => {
      const { status, body } = await answerOf(await openCall(url ?? "", "GET", "/readyz", {}));
      const { missing } = body as { readonly missing: readonly string[] };
      expect(status).toBe(missing.length === 0 ? 200 : 503);
      return [name, missing] as const;
    }),
  );
}

/** How the session that was opened before anything went wrong is answered. */
async function session(): Promise<number> {
  const headers = { authorization: `Bearer ${visitor?.tokens.accessToken}` };
  return (await answerOf(await openCall(system.stack.baseUrl, "GET", "/api/v2/auth/session", { headers }))).status;
}

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { seededRandom } from "../simulation/random.ts";
import { type Auditor, startAuditor } from "../support/audit.ts";
import { type DiskStack, startDiskStack, VISIBILITY_SECONDS } from "../support/disk-stack.ts";
import { type Load, startLoad } from "../support/load.ts";
import { hadWork, type Kill, randomKills } from "../support/random-kills.ts";

const kills = Number(process.env["LANYARD_FAULT_KILLS"] ?? 20);
const seed = Number(process.env["LANYARD_FAULT_SEED"] ?? 20_261_121);
const SAID_EVERY = 20;
const CLIENTS = 32;

let system: DiskStack;
let auditor: Auditor;

beforeAll(async () => {
  system = await startDiskStack({
    gateways: 2,
    workers: { identity: 2, session: 2, token: 2 },
    superviseRestarts: true,
    env: { LOG_LEVEL: "warn" },
  });
  auditor = await startAuditor(system.stack.env);
});
afterAll(async () => {
  auditor?.close();
  await system?.destroy();
});

describe(`under load, with gateways and workers killed ${kills} times in their work at moments drawn from the seed ${seed}`, () => {
  it(
    "every accepted operation ends once, as its client was told, and every other is whole or nowhere",
    async () => {
      const load = startLoad({ baseUrls: system.stack.baseUrls, clients: CLIENTS });
      await killInTheirWork(load);
      await eventually("every service is back", () => system.stack.services.every(({ state }) => state === "ready"), {
        timeoutMs: 60_000,
      });
      const succeeded = () => load.answered.filter(({ status }) => status === 201).length;
      const enough = succeeded() + 50;
      await eventually("sign-ins succeed again", () => succeeded() >= enough, { timeoutMs: 60_000, everyMs: 100 });
      await load.stop();

      const statuses = Object.groupBy(load.told, ({ status }) => status);
      expect(Object.keys(statuses).filter((status) => !["201", "202", "broken"].includes(status))).toEqual([]);
      expect(statuses[201]?.length).toBeGreaterThan(50);
      expect(statuses[202]?.length).toBeGreaterThan(50);
      expect(statuses["broken"]?.length).toBeGreaterThan(0);
      expect(await auditor.faults(load.told)).toEqual([]);
    },
    120_000 + kills * 10_000,
  );
});

/** Goes on until as many had work as were asked for. */
async function killInTheirWork(load: Load): Promise<void> {
  const random = seededRandom(seed);
  const { next } = randomKills({ stack: system.stack, load, random, visibilitySeconds: VISIBILITY_SECONDS });
  const startedAt = Date.now();
  const killed: Kill[] = [];
  const missing = () => kills - killed.filter(hadWork).length;
  const say = () => process.stdout.write(`  ${told(killed)}, ${load.told.length} sign-ins: ${seconds(startedAt)} s\n`);
  while (missing() > 0) {
    const brokenOff: Promise<unknown>[] = [];
    for (let left = missing(); left > 0; left--) {
      const { brokeOff } = await next();
      brokenOff.push(brokeOff.then((kill) => killed.push(kill) % SAID_EVERY === 0 && say()));
    }
    await Promise.all(brokenOff);
  }
  if (killed.length % SAID_EVERY !== 0) say();
}

const seconds = (since: number): string => ((Date.now() - since) / 1000).toFixed(0);

function told(killed: readonly Kill[]): string {
  const sum = (of: (kill: Kill) => number): number => killed.reduce((total, kill) => total + of(kill), 0);
  const broken = `${sum(({ messages }) => messages)} messages and ${sum(({ requests }) => requests)} requests`;
  return `${killed.length} kills, ${killed.filter(hadWork).length} of them in the middle of ${broken}`;
}

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import type { ServiceId } from "@lanyard/scripts/stack";
import { type Auditor, startAuditor } from "../support/audit.ts";
import { type DiskStack, startDiskStack } from "../support/disk-stack.ts";
import { startLoad } from "../support/load.ts";

const kills = Number(process.env["LANYARD_FAULT_KILLS"] ?? 6);
const seed = Number(process.env["LANYARD_FAULT_SEED"] ?? 20_261_121);
const victims = ["token-0", "identity-0", "session-0"] as const;

let system: DiskStack;
let auditor: Auditor;

beforeAll(async () => {
  system = await startDiskStack({ gateways: 2, superviseRestarts: true });
  auditor = await startAuditor(system.stack.env);
});
afterAll(async () => {
  auditor?.close();
  await system?.destroy();
});

describe(`under load, with ${kills} workers and a gateway killed at moments drawn from the seed ${seed}`, () => {
  it(
    "every accepted operation ends once, as its client was told, and every other is whole or nowhere",
    async () => {
      const random = mulberry32(seed);
      const load = startLoad({ baseUrls: system.stack.baseUrls });
      const moreAnswers = async (count: number): Promise<void> => {
        const enough = load.answered.length + count;
        await eventually(`${enough} sign-ins are answered`, () => load.answered.length >= enough, { everyMs: 1 });
      };
      const gatewayKill = Math.floor(random() * kills);
      for (let kill = 0; kill < kills; kill++) {
        await moreAnswers(Math.floor(1 + random() * 50));
        await killOnceReady(victims[kill % victims.length] ?? "token-0");
        if (kill !== gatewayKill) continue;
        await moreAnswers(Math.floor(1 + random() * 50));
        await killOnceReady("gateway-1");
      }
      await moreAnswers(50);
      await load.stop();

      const statuses = Object.groupBy(load.told, ({ status }) => status);
      expect(Object.keys(statuses).filter((status) => !["201", "202", "broken"].includes(status))).toEqual([]);
      expect(statuses[201]?.length).toBeGreaterThan(50);
      expect(statuses[202]?.length).toBeGreaterThan(50);
      expect(statuses["broken"]?.length).toBeGreaterThan(0);
      expect(await auditor.faults(load.told)).toEqual([]);
    },
    60_000 + kills * 20_000,
  );
});

/** As if from elsewhere: who watches over the stack starts it again, while other kills may follow. */
async function killOnceReady(id: ServiceId): Promise<void> {
  const isReady = () => system.stack.services.some((each) => each.id === id && each.state === "ready");
  await eventually(`${id} is ready`, isReady, { timeoutMs: 60_000 });
  await system.stack.kill(id, "SIGKILL");
}

/** A small generator of numbers from 0 to 1, alike for every run with the same seed. */
function mulberry32(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

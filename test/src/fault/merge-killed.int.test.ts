import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { dataItem } from "@lanyard/contracts";
import { eventually } from "@lanyard/messaging/testing";
import { type ItemStore, typedItems } from "@lanyard/storage";
import { type DiskStack, startDiskStack } from "../support/disk-stack.ts";
import {
  callerAt,
  followedMerge,
  itemsOf,
  mergeTableOf,
  signInByMailbox,
  storedItemsOf,
} from "../support/owned-items.ts";
import { signIn } from "../support/visitor.ts";

const ITEMS = Number(process.env["LANYARD_MERGE_ITEMS"] ?? 200);
const KILLS = 5;
const WORKERS = 2;
const WRITTEN_AT_ONCE = 32;
const MB = 1024 * 1024;
/** What a service may have in its heap: less than 10,000 items take, so a worker that kept them would run out of it. */
const HEAP_MB = 96;
const VALUE_BYTES = 12 * 1024;

let system: DiskStack;
let table: ItemStore;

beforeAll(async () => {
  system = await startDiskStack({
    workers: { merge: WORKERS },
    superviseRestarts: true,
    env: {
      LOG_LEVEL: "warn",
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
      LANYARD_DATA_KINDS: JSON.stringify({ configuration: { maxItems: 2 * ITEMS } }),
    },
  });
  table = mergeTableOf(system.stack.env);
});
afterAll(() => system?.destroy());

describe(`${ITEMS} items on their way, their workers killed with -9 ${KILLS} times`, () => {
  it(
    "all arrive once and whole, with progress, in little memory",
    async () => {
      const gateway = callerAt(system.stack.baseUrl);
      const visitor = await signIn(gateway);
      const account = await signInByMailbox(gateway, "ada@example.com");
      await seed(visitor.userId);

      const asked = await gateway.call("POST", "/api/v2/auth/merge", {
        headers: { ...account.bearer, prefer: "respond-async" },
        json: { anonymous: { accessToken: visitor.accessToken } },
      });
      expect(asked.status).toBe(202);
      const seen: number[] = [];
      const memory = workerMemory();
      const killing = killAtEach(
        Array.from({ length: KILLS }, (_, kill) => (ITEMS * (kill + 1)) / (KILLS + 2)),
        seen,
      );
      const { status, body } = await followedMerge(gateway, account, asked, async (moved) => {
        seen.push(moved);
        await memory.look();
      });
      const killed = await killing;

      // One that had run out of memory would have been started again.
      expect(memory.processes()).toBeLessThanOrEqual(WORKERS + KILLS);
      process.stdout.write(
        `  killed at ${killed.join(", ")} of ${ITEMS} items; grown by ${memory.grownMb().toFixed(0)} MB at most\n`,
      );
      expect(killed.length).toBe(KILLS);
      expect([status, body]).toMatchObject([200, { moved: ITEMS, skipped: 0, held: 0 }]);
      expect(seen).toEqual(seen.toSorted((one, other) => one - other));
      expect(new Set(seen).size).toBeGreaterThan(KILLS);

      const owned = await itemsOf(gateway, account, "configuration");
      expect(owned.length).toBe(ITEMS);
      expect(new Set(owned.map(({ name, value }) => `${name} ${JSON.stringify(value)}`)).size).toBe(ITEMS);
      for (const { name, value } of owned) expect(value).toEqual(valueOf(name));
      const tombs = await storedItemsOf(table, visitor.userId);
      expect(tombs.length).toBe(ITEMS);
      expect(tombs.filter(({ ended }) => ended?.how !== "merged" || ended.mergedTo !== account.userId)).toEqual([]);
    },
    120_000 + ITEMS * 100,
  );
});

const valueOf = (name: string): unknown => ({ of: name, widgets: name.padEnd(VALUE_BYTES, ".") });

/** As a worker would have written them, in a fraction of the time. */
async function seed(userId: string): Promise<void> {
  const items = typedItems(table, dataItem);
  const at = new Date().toISOString();
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < ITEMS) {
      const name = `item ${next}`;
      const itemId = `00000000-0000-8000-8000-${String(next).padStart(12, "0")}`;
      next += 1;
      const json = JSON.stringify(valueOf(name));
      const item = { itemId, kind: "configuration", name, json, version: 1, createdAt: at, updatedAt: at, changes: [] };
      await items.putIfAbsent(item, [userId, "configuration", itemId], { writtenBy: "seed" });
    }
  };
  await Promise.all(Array.from({ length: WRITTEN_AT_ONCE }, write));
}

/** Kills a merge worker, by turns, as soon as so many items have been seen to have moved. */
async function killAtEach(marks: readonly number[], seen: readonly number[]): Promise<readonly number[]> {
  const killed: number[] = [];
  for (const [turn, mark] of marks.entries()) {
    await eventually(`${mark} items have moved`, () => (seen.at(-1) ?? 0) >= mark, { timeoutMs: 300_000 });
    await system.stack.kill(`merge-${turn % 2 === 0 ? 0 : 1}`, "SIGKILL");
    killed.push(seen.at(-1) ?? 0);
  }
  return killed;
}

/** How much any of the merge workers has grown since its process was first looked at. */
function workerMemory(): {
  readonly look: () => Promise<void>;
  readonly processes: () => number;
  readonly grownMb: () => number;
} {
  const first = new Map<number, number>();
  let grown = 0;
  return {
    async look() {
      for (const { name, pid, state } of system.stack.services) {
        const rss = name === "merge" && pid !== undefined && state === "ready" ? await rssOf(pid) : undefined;
        if (pid === undefined || rss === undefined) continue;
        first.set(pid, first.get(pid) ?? rss);
        grown = Math.max(grown, rss - (first.get(pid) ?? rss));
      }
    },
    processes: () => first.size,
    grownMb: () => grown / MB,
  };
}

/** `undefined`: it is gone, or this system does not say. */
async function rssOf(pid: number): Promise<number | undefined> {
  try {
    const pages = Number((await readFile(`/proc/${pid}/statm`, "utf8")).split(" ")[1]);
    return pages * 4096;
  } catch {
    return undefined;
  }
}

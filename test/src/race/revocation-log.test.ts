import { describe, expect, it } from "@jest/globals";
import { type revocationItem, revocationShardOf } from "@lanyard/contracts";
import { RevocationView } from "@lanyard/gateway-service";
import { silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { revocationLog } from "@lanyard/session-service";
import { type ItemStore, type ItemValue, memoryItemStore } from "@lanyard/storage";
import fc from "fast-check";

const at = new Date(virtualClock().now()).toISOString();
const session = (count: number): string => `00000000-8b1f-8a6c-8d2e-${String(count).padStart(12, "0")}`;
const MOST_ENTRIES = 14;
const PAGE = 5;
type Entry = ItemValue<typeof revocationItem>;

/**
 * A table whose every call waits for its turn, before and after; and whose pages are small and no snapshots: each place
 * is looked at in a turn of its own, so that what is written meanwhile may or may not be seen.
 */
function scheduled(store: ItemStore, scheduler: fc.Scheduler): ItemStore {
  const turn = (): Promise<void> => scheduler.schedule(Promise.resolve());
  const inTurn =
    <Args extends readonly unknown[], Result>(run: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await turn();
      const result = await run(...args);
      await turn();
      return result;
    };
  return {
    ...store,
    load: inTurn(store.load),
    putIfAbsent: inTurn(store.putIfAbsent),
    replace: inTurn(store.replace),
    async list(pk, { skPrefix = "", after, newestFirst = false } = {}) {
      const numbers = Array.from({ length: MOST_ENTRIES }, (_, index) => index + 1);
      const from = after === undefined ? undefined : Buffer.from(after, "base64url").toString();
      const items = [];
      for (const number of newestFirst ? numbers.reverse() : numbers) {
        const sk = `${skPrefix}${String(number).padStart(12, "0")}`;
        if (from !== undefined && (newestFirst ? sk >= from : sk <= from)) continue;
        await turn();
        const item = await store.load({ pk, sk });
        if (item !== undefined) items.push(item);
        if (items.length === PAGE) return { items, cursor: Buffer.from(sk).toString("base64url") };
      }
      return { items };
    },
  };
}

describe("a gateway that follows the log", () => {
  it("knows, after each read, every revocation that was acknowledged before the read began", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (scheduler, writers, each, reads) => {
          const store = memoryItemStore();
          const table = scheduled(store, scheduler);
          const acknowledged = new Set<string>();
          const missed: string[] = [];
          const write = async (writer: number): Promise<void> => {
            for (let count = 0; count < each; count += 1) {
              const sessionId = session(writer * each + count);
              await revocationLog(table).append({ sessionId, reason: "logout", at }, { writtenBy: sessionId });
              acknowledged.add(sessionId);
            }
          };
          const read = async (): Promise<void> => {
            const view = new RevocationView({ sessionTable: table, clock: virtualClock(), log: silentLog });
            for (let count = 0; count < reads; count += 1) {
              const before = [...acknowledged];
              await view.catchUp();
              missed.push(...before.filter((id) => view.check(id).kind !== "revoked"));
            }
          };
          const all = Promise.all([...Array.from({ length: writers }, (_, writer) => write(writer)), read(), read()]);
          await scheduler.waitFor(all);

          expect(missed).toEqual([]);
          const numbers = (await store.list(`revocations#${revocationShardOf(session(0))}`, { skPrefix: "entry#" }))
            .items;
          expect(numbers.map(({ value }) => (value as unknown as Entry).number)).toEqual(
            Array.from({ length: writers * each }, (_, index) => index + 1),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});

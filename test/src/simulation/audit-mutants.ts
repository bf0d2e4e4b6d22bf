import type { ItemStore } from "@lanyard/storage";
import { isRow } from "./audit-invariants.ts";
import type { Mutant } from "./mutant.ts";
import { isSeal } from "./sealing.ts";
import type { World } from "./world.ts";

/** Something happens to the rows of the log once an hour of them was sealed. */
const onceSealed =
  (change: (store: ItemStore, row: Awaited<ReturnType<ItemStore["list"]>>["items"][number]) => Promise<unknown>) =>
  (store: ItemStore, table: string, world: World): ItemStore => ({
    ...store,
    async putIfAbsent(key, value, options) {
      const outcome = await store.putIfAbsent(key, value, options);
      if (table !== "audit" || !isSeal(key) || outcome.kind !== "won" || value["rows"] === 0) return outcome;
      const row = world.stores
        .get("audit")
        ?.dump()
        .find((item) => isRow(item.key));
      if (row !== undefined) await change(store, row);
      return outcome;
    },
  });

/** Deliberate defects in how the log of events is sealed, and in what stands in it. */
export const auditMutants: readonly Mutant[] = [
  {
    name: "a row of the security log that is changed once it was sealed",
    table: onceSealed(async (store, row) => {
      // By whoever may write the table, and says that it was the first to: rows are never written twice.
      await store.remove(row);
      await store.putIfAbsent(row.key, { ...row.value, outcome: "failed" }, { writtenBy: row.writtenBy });
    }),
  },
  {
    name: "a seal written whatever stands there",
    table: (store, table) => ({
      ...store,
      async putIfAbsent(key, value, options) {
        const standing = table === "audit" && isSeal(key) ? await store.load(key) : undefined;
        return standing === undefined
          ? store.putIfAbsent(key, value, options)
          : store.replace(standing, value, options);
      },
    }),
  },
  {
    name: "an hour that is sealed before it is over",
    sealingClock: (now) => () => now() + 70 * 60_000,
  },
];

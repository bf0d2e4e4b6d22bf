import { turnsFrom } from "@lanyard/messaging/testing";
import type { ItemStore } from "@lanyard/storage";

const WRITES = ["putIfAbsent", "replace"] as const;
type Write = (...given: readonly unknown[]) => Promise<unknown>;

const withWrites = (table: ItemStore, around: (write: Write) => Write): ItemStore => ({
  ...table,
  ...Object.fromEntries(WRITES.map((method) => [method, around(table[method] as Write)])),
});

/** A table whose write of this number, from 0 on, never happens, or happens and nobody learns of it. */
export function dyingAt(table: ItemStore, fatal: number, side: "before" | "after"): ItemStore {
  let writes = 0;
  return withWrites(table, (write) => async (...args) => {
    const isFatal = writes === fatal;
    writes += 1;
    if (isFatal && side === "before") throw new Error("died");
    const outcome = await write(...args);
    if (isFatal) throw new Error("died");
    return outcome;
  });
}

/** How many writes are tried on a table meanwhile. */
export async function countWrites(table: ItemStore, work: (table: ItemStore) => Promise<unknown>): Promise<number> {
  let writes = 0;
  await work(
    withWrites(table, (write) => (...args) => {
      writes += 1;
      return write(...args);
    }),
  );
  return writes;
}

/** A table on which each call takes effect some turns after it was made, as many as a small generator says. */
export function slow(table: ItemStore, seed: number): ItemStore {
  const later = turnsFrom(seed);
  return {
    ...table,
    load: (key) => later().then(() => table.load(key)),
    list: (...args) => later().then(() => table.list(...args)),
    scan: (...args) => later().then(() => table.scan(...args)),
    putIfAbsent: (...args) => later().then(() => table.putIfAbsent(...args)),
    replace: (...args) => later().then(() => table.replace(...args)),
  };
}

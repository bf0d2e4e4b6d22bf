import fc from "fast-check";
import type { ItemKey, ItemStore, Stored } from "../item-store.ts";
import type { JsonObject } from "../json.ts";

/** One call on a store; `seen` picks a version met earlier in the same run, counted back from the last, stale ones among them. */
export type StoreStep =
  | { readonly call: "load"; readonly sk: string }
  | { readonly call: "putIfAbsent"; readonly sk: string; readonly value: JsonObject; readonly writtenBy: string }
  | { readonly call: "replace"; readonly seen: number; readonly value: JsonObject; readonly writtenBy: string }
  | { readonly call: "remove"; readonly seen: number }
  | { readonly call: "list"; readonly newestFirst: boolean; readonly limit: number };

const sk = fc.constantFrom("one", "two", "three");
const writtenBy = fc.constantFrom("ann", "bob", "cyd");
const value = fc.record({ n: fc.integer({ min: 0, max: 9 }) });
const seen = fc.nat({ max: 6 });

/** Runs of calls by three writers on three items: short enough to collide all the time. */
export const storeSteps: fc.Arbitrary<StoreStep[]> = fc.array(
  fc.oneof(
    fc.record({ call: fc.constant("load" as const), sk }),
    fc.record({ call: fc.constant("putIfAbsent" as const), sk, value, writtenBy }),
    fc.record({ call: fc.constant("replace" as const), seen, value, writtenBy }),
    fc.record({ call: fc.constant("remove" as const), seen }),
    fc.record({ call: fc.constant("list" as const), newestFirst: fc.boolean(), limit: fc.integer({ min: 1, max: 3 }) }),
  ),
  { maxLength: 30, size: "max" },
);

/** What is modelled: indexes are not, as they may lag; nor is the scan, as its order is the table's own. */
export type ModelledStore = Omit<ItemStore, "listByIndex" | "scan">;

/** Everything a store answers to the steps, in order. */
export const applyTo = async (store: ModelledStore, steps: readonly StoreStep[], pk = "model"): Promise<unknown[]> => {
  const answers: unknown[] = [];
  const met: Stored<JsonObject>[] = [];
  const meet = (stored: Stored<JsonObject> | undefined) => {
    if (stored !== undefined) met.push(stored);
  };
  const earlier = (back: number) => met.at(-1 - (back % Math.max(met.length, 1)));

  for (const step of steps) {
    switch (step.call) {
      case "load": {
        const stored = await store.load({ pk, sk: step.sk });
        meet(stored);
        answers.push(stored);
        break;
      }
      case "putIfAbsent": {
        const outcome = await store.putIfAbsent({ pk, sk: step.sk }, step.value, { writtenBy: step.writtenBy });
        meet(outcome.stored);
        answers.push(outcome);
        break;
      }
      case "replace": {
        const current = earlier(step.seen);
        if (current === undefined) break;
        const outcome = await store.replace(current, step.value, { writtenBy: step.writtenBy });
        meet(outcome.stored);
        answers.push(outcome);
        break;
      }
      case "remove": {
        const current = earlier(step.seen);
        if (current !== undefined) answers.push(await store.remove(current));
        break;
      }
      case "list":
        answers.push(await store.list(pk, { newestFirst: step.newestFirst, limit: step.limit }));
        break;
    }
  }
  return answers;
};

/** The port in as few words as it can be said, for one partition of short keys: what adapters are held against. */
export const modelItemStore = (): ModelledStore => {
  const items = new Map<string, Stored<JsonObject>>();
  const stands = (current: Stored<JsonObject>) =>
    items.get(current.key.sk)?.version === current.version &&
    items.get(current.key.sk)?.writtenBy === current.writtenBy;
  const write = (key: ItemKey, written: JsonObject, version: number, writer: string) => {
    const stored = { key, value: written, version, writtenBy: writer };
    items.set(key.sk, stored);
    return { kind: "won" as const, stored };
  };

  return {
    load: async (key) => items.get(key.sk),
    putIfAbsent: async (key, written, { writtenBy: writer }) => {
      const standing = items.get(key.sk);
      if (standing === undefined) return write(key, written, 1, writer);
      return { kind: standing.writtenBy === writer ? "already-mine" : "lost", stored: standing };
    },
    replace: async (current, written, { writtenBy: writer }) => {
      if (stands(current)) return write(current.key, written, current.version + 1, writer);
      const standing = items.get(current.key.sk);
      if (standing === undefined) return { kind: "lost", stored: undefined };
      const mine = standing.version === current.version + 1 && standing.writtenBy === writer;
      return { kind: mine ? "already-mine" : "lost", stored: standing };
    },
    remove: async (current) => (stands(current) && items.delete(current.key.sk) ? "won" : "lost"),
    list: async (_, { newestFirst = false, limit = 100 } = {}) => {
      const ascending = [...items.values()].toSorted((one, other) => (one.key.sk < other.key.sk ? -1 : 1));
      const all = newestFirst ? ascending.toReversed() : ascending;
      const page = all.slice(0, limit);
      const last = page.at(-1);
      return all.length > limit && last !== undefined
        ? { items: page, cursor: Buffer.from(last.key.sk).toString("base64url") }
        : { items: page };
    },
    probe: async () => {},
  };
};

import type { Handler } from "@lanyard/messaging";
import { type ItemStore, memoryItemStore, type WriteOutcome } from "@lanyard/storage";
import { stands } from "@lanyard/user-data";
import { claimsIn, commandsOver, itemIdOf, itemsIn, runOnce } from "./items-under-test.ts";

type Result = Awaited<ReturnType<Handler["run"]>>;

/** Whoever asks goes on when chance says so, and is told whether its process stops here. */
export interface Chance {
  /** Resolves when it is this call's turn. */
  turn(label: string): Promise<void>;
  /** Whether the run stops after the write that it has just made. */
  stops(): boolean;
}

/** Its process is gone; the message comes again. */
class Stopped extends Error {}

/**
 * One user's items of one kind, saved and deleted over a table on which every call waits for its turn, as by the real handlers
 * in as many processes. What may never be is looked for after every single write.
 */
export function scheduledItems({ turn, stops, limit }: Chance & { readonly limit: number }) {
  const memory = memoryItemStore();
  const breaches = new Set<string>();
  const results = new Map<number, Result[]>();
  let calls = 0;
  let writes = 0;
  let lastFull = -1;

  function check(): void {
    const claims = claimsIn(memory);
    if (claims.size > limit || [...claims.keys()].some((slot) => slot >= limit)) breaches.add("too many slots");
    if (claims.size === limit) lastFull = calls;
    const standing = itemsIn(memory).filter(stands);
    if (standing.filter(({ held }) => held === undefined).length > limit) breaches.add("too many items");
    for (const { itemId, slot, held } of standing) {
      if (slot === undefined ? held === undefined : held !== undefined) breaches.add("neither held nor with a slot");
      if (slot !== undefined && claims.get(slot) !== itemId) breaches.add("an item without the slot it names");
    }
  }

  const written = <T extends WriteOutcome<unknown> | "won" | "lost">(outcome: T): T => {
    if (outcome === "won" || (typeof outcome === "object" && outcome.kind === "won")) writes += 1;
    check();
    if (stops()) throw new Stopped();
    return outcome;
  };

  /** The table as one run has it. */
  function tableOf(run: string): ItemStore {
    const call = async <T>(label: string, effect: () => Promise<T>): Promise<T> => {
      await turn(`${run} ${label}`);
      calls += 1;
      check();
      return effect();
    };
    return {
      ...memory,
      load: (key) => call(`load ${key.sk}`, () => memory.load(key)),
      list: (...given) => call("list", () => memory.list(...given)),
      putIfAbsent: (key, ...given) =>
        call(`put ${key.sk}`, async () => written(await memory.putIfAbsent(key, ...given))),
      replace: (current, ...given) =>
        call(`replace ${current.key.sk}`, async () => written(await memory.replace(current, ...given))),
      remove: (current) => call(`remove ${current.key.sk}`, async () => written(await memory.remove(current))),
    };
  }

  /** Carries a message out, again after each stop. */
  async function deliver(count: number, label: string, which: "save" | "remove", input: object): Promise<Result> {
    const began = calls;
    for (;;) {
      await turn(`deliver ${label}`);
      try {
        const result = await runOnce(commandsOver(tableOf(label), { limit })[which], count, input);
        results.set(count, [...(results.get(count) ?? []), result]);
        const isRefused = result.kind === "problem" && result.code === "limit_reached";
        if (isRefused && lastFull < began) breaches.add("refused though there was room all the time");
        return result;
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
      }
    }
  }

  const valueOf = (count: number): object => ({ name: `Name ${count}`, json: `{"by":${count}}` });
  return {
    memory,
    breaches,
    results,
    writes: () => writes,
    /** One delivery of the message that makes item `count`, as operation `count`. */
    make: (count: number, copy = 0) => deliver(count, `make ${count}/${copy}`, "save", valueOf(count)),
    /** One of the message that changes it, as operation `by`. */
    change: (count: number, by: number, copy = 0) =>
      deliver(by, `change ${count}/${copy}`, "save", { itemId: itemIdOf(count), ...valueOf(by) }),
    /** One of the message that deletes it, as operation `by`. */
    remove: (count: number, by: number, copy = 0) =>
      deliver(by, `remove ${count}/${copy}`, "remove", { itemId: itemIdOf(count) }),
  };
}

/** No stops, and every call at once. */
export const noChance: Chance = { turn: async () => {}, stops: () => false };

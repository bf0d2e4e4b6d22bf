import type { ItemKey, ItemStore } from "@lanyard/storage";
import type fc from "fast-check";

/** A table whose every call waits for its turn, before and after. */
export function inTurns(table: ItemStore, scheduler: fc.Scheduler): ItemStore {
  return through(table, async (call) => {
    await scheduler.schedule(Promise.resolve());
    const result = await call();
    await scheduler.schedule(Promise.resolve());
    return result;
  });
}

/** A table that fails at its nth call, before it has taken effect or after, and at every one from then on. */
export function dyingAt(table: ItemStore, nth: number, side: "before" | "after"): ItemStore {
  let calls = 0;
  return through(table, async (call) => {
    calls += 1;
    const dies = calls >= nth;
    if (calls > nth || (dies && side === "before")) throw new Error("died");
    const result = await call();
    if (dies) throw new Error("died");
    return result;
  });
}

/** A table that holds its first write of a kind until it is let go; `reached` resolves when it is held. */
export function holding(
  table: ItemStore,
  isMeant: (key: ItemKey, how: "putIfAbsent" | "replace") => boolean,
): { readonly table: ItemStore; readonly reached: Promise<void>; readonly letGo: () => void } {
  const { promise: reached, resolve: tell } = Promise.withResolvers<void>();
  const { promise: gone, resolve: letGo } = Promise.withResolvers<void>();
  let isHeld = false;
  const hold = async (key: ItemKey, how: "putIfAbsent" | "replace"): Promise<void> => {
    if (isHeld || !isMeant(key, how)) return;
    isHeld = true;
    tell();
    await gone;
  };
  return {
    reached,
    letGo,
    table: {
      ...table,
      async putIfAbsent(key, value, options) {
        await hold(key, "putIfAbsent");
        return table.putIfAbsent(key, value, options);
      },
      async replace(current, value, options) {
        await hold(current.key, "replace");
        return table.replace(current, value, options);
      },
    },
  };
}

function through(table: ItemStore, around: (call: () => Promise<unknown>) => Promise<unknown>): ItemStore {
  return new Proxy(table, {
    get(target, property) {
      const method: unknown = Reflect.get(target, property);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) =>
        around(() => (method as (...given: unknown[]) => Promise<unknown>).apply(target, args));
    },
  });
}

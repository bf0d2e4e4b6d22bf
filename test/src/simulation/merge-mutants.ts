import { dataItem, dataSlotItem } from "@lanyard/contracts";
import { done } from "@lanyard/messaging";
import { type ItemKey, type ItemStore, type JsonObject, type Stored } from "@lanyard/storage";
import { keyFor } from "./clients.ts";
import { later, type Mutant } from "./mutant.ts";
import type { World } from "./world.ts";

const isData = ({ sk }: ItemKey): boolean => sk.startsWith("data#");
const isMerge = ({ sk }: ItemKey): boolean => sk === "merge";
const isCopy = (key: ItemKey, value: JsonObject): boolean => isData(key) && value["origin"] !== undefined;

/** Who has just written something; whoever looks after them next does not look. */
const writersIn = new WeakMap<World, Set<string>>();
const writers = (world: World): Set<string> => {
  const known = writersIn.get(world) ?? new Set<string>();
  writersIn.set(world, known);
  return known;
};

/** Whether a step of a merge, or whoever moves a late item, is writing. */
const isMoving = (writtenBy: string): boolean => /\/merge\.moveItems|\/late/.test(writtenBy);

/** The same table, but these items are replaced whatever stands there. */
const replacing = (store: ItemStore, which: (key: ItemKey, writtenBy: string) => boolean): ItemStore => ({
  ...store,
  async replace(current, value, options) {
    const standing = which(current.key, options.writtenBy) ? await store.load(current.key) : undefined;
    return store.replace(standing ?? current, value, options);
  },
});

interface Planned {
  readonly kind: string;
  readonly itemId: string;
  readonly sequence: number;
}

/** What of a merge's plan has ended already. */
async function endedOf(store: ItemStore, { value }: Stored<JsonObject>): Promise<ReadonlyMap<string, JsonObject>> {
  const ended = new Map<string, JsonObject>();
  for (const { kind, itemId } of value["plan"] as unknown as readonly Planned[]) {
    const item = await store.load(dataItem.key(String(value["visitorId"]), kind, itemId));
    if (item?.value["ended"] !== undefined) ended.set(itemId, item.value["ended"] as JsonObject);
  }
  return ended;
}

/** The same table, but what it says of a merge has changed on the way to its reader. */
const readingMerges = (
  store: ItemStore,
  change: (merge: Stored<JsonObject>, ended: ReadonlyMap<string, JsonObject>) => JsonObject,
): ItemStore => ({
  ...store,
  async load(key) {
    const found = await store.load(key);
    if (found === undefined || !isMerge(key) || found.value["doneAt"] !== undefined) return found;
    return { ...found, value: change(found, await endedOf(store, found)) };
  },
});

/** Deliberate defects in what users own, and in merges. */
export const mergeMutants: readonly Mutant[] = [
  {
    name: "an item buried before its copy stands",
    dataItems: (items, world) => ({
      ...items,
      async putIfAbsent(userId, item, writtenBy) {
        later(world, 300, 0.85, () => items.putIfAbsent(userId, item, writtenBy));
        return item;
      },
    }),
  },
  {
    name: "a copy under a random id",
    dataItems: (items, { random }) => ({
      ...items,
      putIfAbsent: (userId, item, writtenBy) =>
        items.putIfAbsent(userId, { ...item, itemId: keyFor(`${item.itemId} ${random.next()}`) }, writtenBy),
    }),
  },
  {
    name: "a copy put whatever stands there",
    table: (store) => ({
      ...store,
      async putIfAbsent(key, value, options) {
        const standing = isCopy(key, value) ? await store.load(key) : undefined;
        if (standing === undefined) return store.putIfAbsent(key, value, options);
        return store.replace(standing, value, options);
      },
    }),
    dataItems: (items) => ({
      ...items,
      // Nobody looks whether it stands before it is put.
      load: async (place) => {
        const item = await items.load(place);
        return item?.origin === undefined ? item : undefined;
      },
    }),
  },
  {
    name: "a freeze that no writer minds",
    dataItems: (items) => ({
      ...items,
      change: (place, writtenBy, decide) =>
        items.change(place, writtenBy, (item) => {
          if (item?.leaving === undefined || isMoving(writtenBy)) return decide(item);
          const { leaving: _, ...unfrozen } = item;
          return decide(unfrozen);
        }),
    }),
  },
  {
    name: "a visitor closed only after its items were listed",
    closedVisitors: (closed, world) => ({
      ...closed,
      async close(visitorId, value, options) {
        later(world, 4_000, 1, () => closed.close(visitorId, value, options));
        return value;
      },
    }),
  },
  {
    name: "no look whether the visitor is closed after a write",
    dataItems: (items, world) => ({
      ...items,
      async change(place, writtenBy, decide) {
        const changed = await items.change(place, writtenBy, decide);
        if (writtenBy.endsWith("/merge.saveItem")) writers(world).add(place.userId);
        return changed;
      },
    }),
    closedVisitors: (closed, world) => ({
      ...closed,
      load: async (userId) => (writers(world).delete(userId) ? undefined : closed.load(userId)),
    }),
  },
  {
    name: "a visitor claimed unconditionally",
    table: (store) => replacing(store, (_, writtenBy) => writtenBy.includes("/identity.claimVisitor")),
  },
  {
    name: "a merge that ends no session",
    handler: (handler) =>
      handler.command.name !== "session.endVisitor" ? handler : { ...handler, run: async () => done({}) },
  },
  {
    name: "a plan made anew by each try",
    table: (store) =>
      readingMerges(store, ({ value }, ended) => {
        const plan = value["plan"] as unknown as readonly Planned[];
        const first = plan[0]?.sequence ?? 1;
        const left = plan.filter(({ itemId }) => !ended.has(itemId));
        return { ...value, plan: left.map((each, index) => ({ ...each, sequence: first + index })) };
      }),
  },
  {
    name: "items counted as they move, and again with their step",
    table: (store) =>
      readingMerges(store, ({ value }, ended) => ({ ...value, moved: Number(value["moved"]) + ended.size })),
  },
  {
    name: "the item of a merge written unconditionally",
    table: (store) => replacing(store, isMerge),
  },
  {
    name: "moves written unconditionally",
    table: (store) => replacing(store, (key, writtenBy) => isData(key) && isMoving(writtenBy)),
  },
  {
    name: "saves written unconditionally",
    table: (store) => replacing(store, (key, writtenBy) => isData(key) && !isMoving(writtenBy)),
  },
  {
    name: "a slot taken only after its item was written",
    slots: (slots, { mergeTable, world }) => ({
      ...slots,
      async take({ userId, kind }, taker) {
        const { pk, sk } = dataSlotItem.key(userId, kind, 0);
        const { items } = await mergeTable.list(pk, { skPrefix: sk.slice(0, -6) });
        const taken = new Set(items.map(({ key }) => Number(key.sk.slice(-6))));
        const slot = Array.from({ length: taker.limit }, (_, number) => number).find((number) => !taken.has(number));
        later(world, 300, 1, () => slots.take({ userId, kind }, taker));
        return slot === undefined ? undefined : { slot, isFound: false };
      },
    }),
  },
  {
    name: "a merge that goes by a limit as if there were none",
    slots: (slots) => ({
      ...slots,
      async take(owner, taker) {
        return (await slots.take(owner, taker)) ?? { slot: taker.limit, isFound: false };
      },
    }),
  },
];
